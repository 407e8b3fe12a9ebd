package io.percolate.gateway.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.percolate.gateway.bench.launch.SelfSignedCertificate;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

class HandshakeLoopTest {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    @AfterEach
    void end() {
        group.shutdownGracefully().syncUninterruptibly();
    }

    @Test
    void eachRequestHasAHandshakeOfItsOwn(@TempDir Path folder) throws Exception {
        SelfSignedCertificate certificate = SelfSignedCertificate.create(folder);
        SslContext tls = SslContextBuilder.forServer(
                        certificate.certificate().toFile(), certificate.key().toFile())
                .build();
        AtomicInteger handshakes = new AtomicInteger();
        AtomicInteger requests = new AtomicInteger();
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .secure(spec -> spec.sslContext(tls))
                .doOnChannelInit((observer, channel, remote) -> channel.pipeline()
                        .get(SslHandler.class)
                        .handshakeFuture()
                        .addListener(done -> handshakes.incrementAndGet()))
                .handle((request, response) -> {
                    requests.incrementAndGet();
                    return response.sendByteArray(Mono.just("right".getBytes(US_ASCII)));
                })
                .bindNow();
        try {
            Figures figures = new HandshakeLoop(
                            group.next(), HandshakeLoop.tls(), List.of(OpenLoop.request("/static/5", "token")), 2, 1)
                    .run(server.port());

            assertThat(figures.errors()).isZero();
            assertThat(figures.requests())
                    .isPositive()
                    .isEqualTo(requests.get())
                    .isEqualTo(handshakes.get());
            assertThat(figures.bytes()).isEqualTo(5 * figures.requests());
            assertThat(figures.p50()).isPositive().isLessThanOrEqualTo(figures.p99());
        } finally {
            server.disposeNow();
        }
    }

    @Test
    void connectionsThatAreRefusedAreErrors() throws Exception {
        Figures figures = new HandshakeLoop(
                        group.next(), HandshakeLoop.tls(), List.of(OpenLoop.request("/", "token")), 1, 1)
                .run(Ports.free());

        assertThat(figures.errors()).isPositive().isEqualTo(figures.requests());
    }
}
