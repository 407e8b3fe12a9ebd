package io.percolate.gateway.proxy.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.engine.Edge;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTotals;
import io.percolate.gateway.proxy.ops.Readiness;
import io.percolate.gateway.proxy.ops.Readiness.Stage;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class DrainTest {
    private final Readiness readiness = new Readiness(List.of());
    private final RecordingEdge edge = new RecordingEdge();

    @Test
    void isNotReadyAtOnceButServesOnForItsDelay() {
        StepVerifier.withVirtualTime(() -> drain(Duration.ofSeconds(5)).drained())
                .thenAwait(Duration.ofMillis(4_999))
                .then(() -> {
                    assertThat(readiness.stage()).isEqualTo(Stage.DRAINING);
                    assertThat(edge.drains).isEmpty();
                })
                .thenAwait(Duration.ofMillis(1))
                .verifyComplete();

        assertThat(edge.drains).containsExactly(Duration.ofSeconds(25));
        assertThat(readiness.stage()).isEqualTo(Stage.DRAINED);
    }

    @Test
    void happensOnceHoweverManyAsk() {
        Drain drain = drain(Duration.ZERO);

        drain.begin();
        drain.drained().block();
        drain.begin();

        assertThat(edge.drains).hasSize(1);
    }

    private Drain drain(Duration delay) {
        return new Drain(new DrainConfig(delay, Duration.ofSeconds(25)), readiness, edge);
    }

    private static final class RecordingEdge implements Edge {
        @Override
        public WebSocketTotals webSockets() {
            return new WebSocketTotals(0, 0);
        }

        private final List<Duration> drains = new ArrayList<>();

        @Override
        public InetSocketAddress address() {
            return new InetSocketAddress(1);
        }

        @Override
        public int activeConnections() {
            return 0;
        }

        @Override
        public long refusedConnections(ConnectionBound bound) {
            return 0;
        }

        @Override
        public long abusiveConnections(ConnectionAbuse abuse) {
            return 0;
        }

        @Override
        public int activeRequests() {
            return 0;
        }

        @Override
        public Mono<Void> drain(Duration bound) {
            return Mono.fromRunnable(() -> drains.add(bound));
        }
    }
}
