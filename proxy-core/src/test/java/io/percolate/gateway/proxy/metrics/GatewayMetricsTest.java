package io.percolate.gateway.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.EventExecutor;
import io.percolate.gateway.proxy.cold.HoldBound;
import io.percolate.gateway.proxy.engine.Edge;
import io.percolate.gateway.proxy.engine.tls.HandshakeOutcome;
import io.percolate.gateway.proxy.engine.tls.ServerCertificates;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTotals;
import io.percolate.gateway.proxy.resilience.PodGuards;
import io.percolate.gateway.proxy.resilience.ResilienceConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class GatewayMetricsTest {
    @Test
    void showsTheEdgeAndTheProcess() {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        List<EventExecutor> loops = new ArrayList<>();
        group.forEach(loops::add);
        try (GatewayMetrics metrics = new GatewayMetrics()) {
            metrics.show(new BusyEdge());
            metrics.show(new PodGuards(ResilienceConfig.read(new ConfigReader(ConfigSource.of(Map.of())))));
            metrics.showProcess(loops);

            assertThat(metrics.exposition(null).text())
                    .contains("router_active_connections 7.0")
                    .contains("router_active_requests 3.0")
                    .contains("router_refused_connections_total{bound=\"total\"} 5.0")
                    .contains("router_refused_connections_total{bound=\"address\"} 6.0")
                    .contains("router_proxy_headers_total{result=\"malformed\"} 5.0")
                    .contains("router_tls_handshakes_total{outcome=\"not_tls\"} 6.0")
                    .contains("router_tls_certificate_expiry_seconds{file=\"a.pem\"} -6")
                    .contains("router_tls_certificate_reloads_total{file=\"a.pem\",result=\"taken\"} 2.0")
                    .contains("router_tls_certificate_reloads_total{file=\"a.pem\",result=\"refused\"} 3.0")
                    .contains("router_pods_ejected{tier=\"A\"} 0.0")
                    .contains("router_pod_ejections_total{reason=\"health_check\",tier=\"C\"} 0.0")
                    .contains("router_retries_refused_total{tier=\"B\"} 0.0")
                    .contains("router_replay_bytes 0.0")
                    .contains("jvm_memory_used_bytes{area=\"heap\"")
                    .contains("jvm_buffer_memory_used_bytes{id=\"direct\"")
                    .contains("jvm_threads_live_threads")
                    .contains("jvm_gc_memory_allocated_bytes_total")
                    .contains("netty_allocator_memory_used")
                    .contains("netty_eventexecutor_tasks_pending")
                    .contains("process_cpu_usage")
                    .contains("process_uptime_seconds")
                    .contains("process_files_open_files");
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void speaksOpenMetricsToWhoAsksForIt() {
        try (GatewayMetrics metrics = new GatewayMetrics()) {
            GatewayMetrics.Exposition open =
                    metrics.exposition("application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1");
            GatewayMetrics.Exposition plain = metrics.exposition("text/plain");

            assertThat(open.contentType()).startsWith("application/openmetrics-text");
            assertThat(open.text()).endsWith("# EOF\n");
            assertThat(plain.contentType()).startsWith("text/plain; version=0.0.4");
        }
    }

    @Test
    void pinsDefaultsAndMapsEveryKey() {
        assertThat(MetricsConfig.read(new ConfigReader(ConfigSource.of(Map.of()))))
                .isEqualTo(new MetricsConfig(20));
        assertThat(MetricsConfig.read(
                        new ConfigReader(ConfigSource.of(Map.of("GATEWAY_OPS_METRICS_TENANTS_MAX", "5")))))
                .isEqualTo(new MetricsConfig(5));
    }

    private static final class BusyEdge implements Edge {
        @Override
        public WebSocketTotals webSockets() {
            return new WebSocketTotals(0, 0);
        }

        @Override
        public InetSocketAddress address() {
            return new InetSocketAddress(1);
        }

        @Override
        public int activeConnections() {
            return 7;
        }

        @Override
        public long refusedConnections(ConnectionBound bound) {
            return bound == ConnectionBound.TOTAL ? 5 : 6;
        }

        @Override
        public long abusiveConnections(ConnectionAbuse abuse) {
            return 3;
        }

        @Override
        public long proxyHeaders(ProxyHeader kind) {
            return kind == ProxyHeader.MALFORMED ? 5 : 0;
        }

        @Override
        public long handshakes(HandshakeOutcome outcome) {
            return outcome == HandshakeOutcome.NOT_TLS ? 6 : 0;
        }

        @Override
        public List<ServerCertificates.Status> certificates() {
            return List.of(new ServerCertificates.Status("a.pem", Instant.now().minusSeconds(60), 2, 3, "broken"));
        }

        @Override
        public void sendAway() {
            throw new AssertionError("nobody drains here");
        }

        @Override
        public int heldRequests() {
            return 0;
        }

        @Override
        public long heldBytes() {
            return 0;
        }

        @Override
        public long refusedHolds(HoldBound bound) {
            return 0;
        }

        @Override
        public int activeRequests() {
            return 3;
        }

        @Override
        public Mono<Void> drain(Duration bound) {
            return Mono.empty();
        }
    }
}
