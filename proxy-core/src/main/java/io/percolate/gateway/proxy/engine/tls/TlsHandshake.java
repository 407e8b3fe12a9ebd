package io.percolate.gateway.proxy.engine.tls;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.Base64;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The handshake with one client: its ClientHello, bounded, in its turn at the {@link HandshakeGate}, and what it comes to.
 * Whoever puts it there bounds its time.
 */
public final class TlsHandshake extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(TlsHandshake.class);

    /** Ten times what clients send, post-quantum key shares included. */
    private static final int CLIENT_HELLO_BYTES_MAX = 16 << 10;
    /** Of a client's certificate in base64; it goes to pods with each request. */
    private static final int CLIENT_CERTIFICATE_LENGTH_MAX = 16 << 10;

    private final ServerCertificates certificates;
    private final ClientCertificates mode;
    private final HandshakeGate gate;
    private final HandshakeCounts counts;
    private final Consumer<TlsSession> established;
    private @Nullable String host;
    private @Nullable ServerNames names;
    private boolean over;
    private boolean failed;

    /** @param established called on the event loop when the handshake has succeeded, before anything is read beyond it */
    public TlsHandshake(
            ServerCertificates certificates,
            ClientCertificates mode,
            HandshakeGate gate,
            HandshakeCounts counts,
            Consumer<TlsSession> established) {
        this.certificates = certificates;
        this.mode = mode;
        this.gate = gate;
        this.counts = counts;
        this.established = established;
    }

    /** Adds all that the handshake needs, at the end. */
    public void addTo(ChannelPipeline pipeline) {
        pipeline.addLast(new ClientHello(), this);
    }

    /** Ends it because it takes too long. */
    public void late(Channel channel) {
        end(HandshakeOutcome.TIMEOUT);
        channel.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        switch (event) {
            case SslHandshakeCompletionEvent completion -> completed(ctx, completion);
            case SniCompletionEvent hello when !hello.isSuccess() -> failed(ctx, hello.cause());
            // A client that has said its last word takes no answer either, as one that closes its side in the clear.
            case SslCloseCompletionEvent closed -> ctx.close();
            default -> ctx.fireUserEventTriggered(event);
        }
    }

    private void completed(ChannelHandlerContext ctx, SslHandshakeCompletionEvent completion) {
        if (!completion.isSuccess()) {
            failed(ctx, completion.cause());
            return;
        }
        SslHandler handler = ctx.pipeline().get(SslHandler.class);
        ServerNames shown = names;
        if (handler == null || shown == null || over) {
            return;
        }
        SSLSession session = handler.engine().getSession();
        AsciiString certificate;
        try {
            certificate = clientCertificate(session);
        } catch (CertificateEncodingException unusable) {
            failed(ctx, unusable);
            return;
        }
        end(HandshakeOutcome.ESTABLISHED);
        established.accept(new TlsSession(host, shown, certificate, handler.applicationProtocol()));
    }

    private void failed(ChannelHandlerContext ctx, Throwable cause) {
        HandshakeOutcome outcome = HandshakeOutcome.of(cause);
        if (end(outcome)) {
            LOG.debug("a handshake with {} failed: {}", ctx.channel().remoteAddress(), outcome, cause);
        }
        ctx.close();
    }

    private boolean end(HandshakeOutcome outcome) {
        if (over) {
            return false;
        }
        over = true;
        failed = outcome != HandshakeOutcome.ESTABLISHED;
        counts.ended(outcome);
        return true;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end(HandshakeOutcome.ABANDONED);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (over && !failed) {
            ctx.fireExceptionCaught(cause);
        } else {
            // Of a failed one the first cause has been told.
            failed(ctx, cause);
        }
    }

    private static @Nullable AsciiString clientCertificate(SSLSession session) throws CertificateEncodingException {
        Certificate[] chain;
        try {
            chain = session.getPeerCertificates();
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
        if (chain.length == 0) {
            return null;
        }
        String encoded = Base64.getEncoder().encodeToString(chain[0].getEncoded());
        if (encoded.length() > CLIENT_CERTIFICATE_LENGTH_MAX) {
            throw new CertificateEncodingException("the client's certificate is too large");
        }
        return new AsciiString(":" + encoded + ":");
    }

    /** Waits for the whole ClientHello and for its turn, then puts the handler of TLS in its own place. */
    private final class ClientHello extends AbstractSniHandler<Void> {
        ClientHello() {
            super(CLIENT_HELLO_BYTES_MAX, 0);
        }

        @Override
        protected Future<Void> lookup(ChannelHandlerContext ctx, String hostname) {
            host = hostname;
            Promise<Void> turn = ctx.executor().newPromise();
            if (!gate.enter(() -> turn.trySuccess(null))) {
                end(HandshakeOutcome.BUSY);
                ctx.close();
            }
            return turn;
        }

        @Override
        protected void onLookupComplete(ChannelHandlerContext ctx, String hostname, Future<Void> turn) {
            if (ctx.isRemoved() || !ctx.channel().isActive()) {
                return;
            }
            long began = System.nanoTime();
            ServerCertificates.Choice choice = certificates.choose(hostname, mode, ctx.alloc());
            SslHandler handler = choice.handler();
            handler.setHandshakeTimeoutMillis(0);
            names = choice.names();
            boolean added = false;
            try {
                ctx.pipeline().replace(this, "tls", handler);
                added = true;
            } finally {
                if (!added) {
                    ReferenceCountUtil.safeRelease(handler.engine());
                }
                gate.took(System.nanoTime() - began);
            }
        }
    }
}
