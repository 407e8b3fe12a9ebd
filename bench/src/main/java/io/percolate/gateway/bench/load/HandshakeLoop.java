package io.percolate.gateway.bench.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * Connections that are made anew for each request, so many at once: a TLS handshake, one request, and the end.
 *
 * <p>No session is resumed: the engine is told of no host by which it could find one. All state belongs to the event
 * loop.
 */
final class HandshakeLoop {
    private static final int SLACK_SECONDS = 10;

    private final EventLoop loop;
    private final SslContext tls;
    private final List<ByteBuf> requests;
    private final int connections;
    private final long seconds;
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    private long[] latencies = new long[1 << 14];
    private int ended;
    private int begun;
    private int open;
    private long startNanos;
    private long errors;
    private long bytes;

    /** @param requests whole requests, sent in turn; borrowed */
    HandshakeLoop(EventLoop loop, SslContext tls, List<ByteBuf> requests, int connections, int seconds) {
        this.loop = loop;
        this.tls = tls;
        this.requests = requests;
        this.connections = connections;
        this.seconds = seconds;
    }

    /** Of a client that offers what all peers are to agree on, and checks no certificate but the signature by it. */
    static SslContext tls() throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .protocols(TlsChoice.VERSION)
                .ciphers(List.of(TlsChoice.SUITE))
                .endpointIdentificationAlgorithm(null);
        // The JDK has no such option, and offers more; BoringSSL is on the class path where it can be loaded.
        return OpenSsl.isAvailable()
                ? builder.option(OpenSslContextOption.GROUPS, new String[] {TlsChoice.GROUP.toLowerCase(Locale.ROOT)})
                        .build()
                : builder.build();
    }

    /** Blocks until the time is up and what was under way has ended. */
    Figures run(int port) throws InterruptedException, ExecutionException {
        Bootstrap clients = new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(tls.newHandler(channel.alloc()), new HttpResponseDecoder(), new Answer());
                    }
                });
        loop.execute(() -> {
            startNanos = System.nanoTime();
            open = connections;
            for (int i = 0; i < connections; i++) {
                connect(clients);
            }
        });
        try {
            over.get(seconds + SLACK_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw new IllegalStateException("handshakes did not end within " + (seconds + SLACK_SECONDS) + " s", late);
        }
        return loop.submit(this::figures).get();
    }

    private void connect(Bootstrap clients) {
        long connectedNanos = System.nanoTime();
        if (connectedNanos - startNanos >= TimeUnit.SECONDS.toNanos(seconds)) {
            if (--open == 0) {
                over.complete(null);
            }
            return;
        }
        ChannelFuture connecting = clients.connect();
        connecting.channel().closeFuture().addListener(closed -> {
            Answer answer = connecting.channel().pipeline().get(Answer.class);
            ended(System.nanoTime() - connectedNanos, answer != null && answer.right);
            // A connection that is refused is closed before this returns: not from within itself.
            loop.execute(() -> connect(clients));
        });
    }

    private void ended(long nanos, boolean right) {
        if (ended == latencies.length) {
            latencies = Arrays.copyOf(latencies, 2 * ended);
        }
        latencies[ended++] = nanos;
        errors += right ? 0 : 1;
    }

    private Figures figures() {
        long[] sorted = Arrays.copyOf(latencies, ended);
        Arrays.sort(sorted);
        return new Figures(
                ended,
                (System.nanoTime() - startNanos) / 1e9,
                OpenLoop.quantile(sorted, 0.5) / 1e3,
                OpenLoop.quantile(sorted, 0.9) / 1e3,
                OpenLoop.quantile(sorted, 0.99) / 1e3,
                errors,
                bytes);
    }

    private final class Answer extends SimpleChannelInboundHandler<HttpObject> {
        private boolean ok;
        private boolean right;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            // Waits in the TLS handler for the handshake.
            context.writeAndFlush(requests.get(begun++ % requests.size()).retainedDuplicate());
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (part instanceof HttpResponse response) {
                ok = response.status().code() == 200;
            }
            if (part instanceof HttpContent content) {
                bytes += content.content().readableBytes();
            }
            if (part instanceof LastHttpContent) {
                right = ok;
                context.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
