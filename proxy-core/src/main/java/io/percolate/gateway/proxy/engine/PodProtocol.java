package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the pods of one tier are spoken to: what they speak, and what makes that secure. Safe for use from any thread. */
final class PodProtocol implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PodProtocol.class);

    private final PodWire wire;
    private final @Nullable PodTls tls;
    private final long handshakeTimeoutMillis;

    /** @param tls null where the wire is not encrypted */
    PodProtocol(PodWire wire, @Nullable PodTls tls, long handshakeTimeoutMillis) {
        this.wire = wire;
        this.tls = tls;
        this.handshakeTimeoutMillis = handshakeTimeoutMillis;
    }

    PodWire wire() {
        return wire;
    }

    /** Looks whether the files that TLS is made of have changed. Blocks. */
    void look() {
        if (tls != null) {
            tls.look();
        }
    }

    /** Puts what encrypts into a channel that has nothing else yet. */
    void secure(Channel channel, PodAddress address) {
        if (tls != null) {
            SslHandler handler = tls.handler(channel.alloc(), address);
            handler.setHandshakeTimeoutMillis(handshakeTimeoutMillis);
            channel.pipeline().addLast(handler, new Handshake());
        }
    }

    /** Tells, now or later, that a channel's peer is proven to be the pod, with null; or why not. */
    void whenSecure(Channel channel, Consumer<@Nullable Throwable> told) {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        if (handler == null) {
            told.accept(null);
            return;
        }
        handler.handshakeFuture().addListener(done -> {
            Throwable cause = done.cause();
            if (cause == null && wire == PodWire.H2 && !agreedOnHttp2(handler)) {
                cause = new SSLException(
                        "expected the pod to agree on h2 by ALPN, got " + handler.applicationProtocol());
            }
            if (cause == null) {
                channel.pipeline().remove(Handshake.class);
            }
            told.accept(cause == null || cause instanceof SSLException ? cause : new SSLException(cause));
        });
    }

    private static boolean agreedOnHttp2(SslHandler handler) {
        return ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol());
    }

    @Override
    public void close() {
        if (tls != null) {
            tls.close();
        }
    }

    @Override
    public String toString() {
        return tls == null ? wire.toString() : wire + " " + tls;
    }

    /** Stands behind TLS until it is agreed on: what goes wrong until then is told by the handshake itself. */
    private static final class Handshake extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext on, Throwable cause) {
            LOG.debug("TLS with pod {} did not come about", on.channel().remoteAddress(), cause);
        }
    }
}
