package io.percolate.gateway.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

class OpenLoopTest {
    private static final int PER_SECOND = 400;
    private static final Duration STALL = Duration.ofMillis(500);

    private final AtomicInteger seen = new AtomicInteger();

    private interface Answer {
        Mono<Void> to(HttpServerRequest request, HttpServerResponse response);
    }

    private static Figures run(Answer answer) throws Exception {
        LoopResources loop = LoopResources.create("stalling", 1, true);
        DisposableServer server = HttpServer.create()
                .runOn(loop)
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> answer.to(request, response))
                .bindNow();
        ByteBuf request = OpenLoop.request("/static/2", "token");
        try (var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory())) {
            return new OpenLoop(group.next(), List.of(request), 4, PER_SECOND, 1).run(server.port());
        } finally {
            server.disposeNow();
            loop.dispose();
        }
    }

    @Test
    void everyRequestIsSentWithItsTokenAndAnswered() throws Exception {
        Figures figures = run((request, response) -> {
            assertThat(request.requestHeaders().get("Authorization")).isEqualTo("Bearer token");
            seen.incrementAndGet();
            return response.header("Content-Length", "2")
                    .sendString(Mono.just("ok"))
                    .then();
        });

        assertThat(figures.requests()).isEqualTo(PER_SECOND);
        assertThat(figures.errors()).isZero();
        assertThat(figures.bytes()).isEqualTo(2L * PER_SECOND);
        assertThat(seen).hasValue(PER_SECOND);
    }

    @Test
    void aStallIsChargedToAllRequestsThatWereDueMeanwhile() throws Exception {
        Figures figures = run((request, response) -> {
            if (seen.incrementAndGet() == 100) {
                standStill();
            }
            return response.header("Content-Length", "2")
                    .sendString(Mono.just("ok"))
                    .then();
        });

        // Four connections stood still, yet half of the 400 requests were due in that half second.
        assertThat(figures.errors()).isZero();
        assertThat(figures.p90()).isGreaterThan(STALL.toNanos() / 1e3 / 4);
    }

    /** Holds up the server's only event loop. */
    private static void standStill() {
        long until = System.nanoTime() + STALL.toNanos();
        while (System.nanoTime() - until < 0) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    @Test
    void answersOtherThan200AreErrors() throws Exception {
        Figures figures = run((request, response) -> seen.incrementAndGet() % 2 == 0
                ? response.status(503).header("Content-Length", "0").send()
                : response.header("Content-Length", "2")
                        .sendString(Mono.just("ok"))
                        .then());

        assertThat(figures.requests()).isEqualTo(PER_SECOND);
        assertThat(figures.errors()).isEqualTo(PER_SECOND / 2);
    }
}
