package io.percolate.gateway.proxy.engine;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.percolate.gateway.proxy.engine.Edge.ProxyHeader;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the PROXY header (HAProxy's, version 1 or 2) that a connection begins with. It has at most 108 bytes as a line,
 * and 16 + 216 + {@link #TLV_BYTES_MAX} in binary; whoever puts it there bounds its time.
 */
final class ProxyHeaderReader extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyHeaderReader.class);
    /** Of what balancers add of their own, which is passed over. */
    private static final int TLV_BYTES_MAX = 2_048;

    private final ClientArrival arrival;
    private boolean over;

    ProxyHeaderReader(ClientArrival arrival) {
        this.arrival = arrival;
    }

    void addTo(ChannelPipeline pipeline) {
        pipeline.addLast(new HAProxyMessageDecoder(TLV_BYTES_MAX), this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (over || !(message instanceof HAProxyMessage header)) {
            ReferenceCountUtil.release(message);
            return;
        }
        InetAddress client;
        try {
            client = client(header);
        } catch (IllegalArgumentException unusable) {
            refused(ctx, unusable);
            return;
        } finally {
            header.release();
        }
        over = true;
        // What follows the header is passed on when the decoder goes, to the handlers that stand here by then.
        arrival.proxied(client);
        ctx.pipeline().remove(this);
    }

    /** Whose the connection is; null when the header leaves that to the connection itself. */
    private static @Nullable InetAddress client(HAProxyMessage header) {
        if (header.command() == HAProxyCommand.LOCAL) {
            return null;
        }
        return switch (header.proxiedProtocol()) {
            case TCP4, TCP6 -> {
                InetAddress address = NetUtil.createInetAddressFromIpAddressString(header.sourceAddress());
                if (address == null) {
                    throw new IllegalArgumentException("'" + header.sourceAddress() + "' is no address");
                }
                yield address;
            }
            case UNKNOWN, UNIX_STREAM, UNIX_DGRAM -> null;
            case UDP4, UDP6 -> throw new IllegalArgumentException("datagrams do not come by TCP");
        };
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!over) {
            over = true;
            arrival.proxyHeader(ProxyHeader.ABANDONED);
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        refused(ctx, cause);
    }

    private void refused(ChannelHandlerContext ctx, Throwable cause) {
        if (!over) {
            over = true;
            LOG.debug("the PROXY header of {} is malformed", ctx.channel().remoteAddress(), cause);
            arrival.proxyHeader(ProxyHeader.MALFORMED);
        }
        ctx.close();
    }
}
