package io.percolate.gateway.proxy.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyEventExecutorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.concurrent.EventExecutor;
import io.percolate.gateway.proxy.cold.HoldBound;
import io.percolate.gateway.proxy.engine.Edge;
import io.percolate.gateway.proxy.engine.tls.HandshakeOutcome;
import io.percolate.gateway.proxy.engine.tls.ServerCertificates;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTotals;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel;
import io.percolate.gateway.proxy.noise.TenantShares;
import io.percolate.gateway.proxy.overload.OverloadWatch;
import io.percolate.gateway.proxy.overload.QueueMemory;
import io.percolate.gateway.proxy.overload.Waits;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import io.percolate.gateway.proxy.resilience.PodGuards;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The registry of one gateway process, and how it is read. */
public final class GatewayMetrics implements AutoCloseable {
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final String OPEN_METRICS_TYPE = OPEN_METRICS + "; version=1.0.0; charset=utf-8";
    private static final String TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private @Nullable JvmGcMetrics collections;

    /** What a scrape answers. */
    public record Exposition(String contentType, String text) {}

    public PrometheusMeterRegistry registry() {
        return registry;
    }

    /** Shows the busiest tenants from now on. */
    public void show(TenantTraffic traffic) {
        registry.getPrometheusRegistry()
                .register(new TenantSeries(
                        "router_tenant_requests",
                        "Requests in the last whole minute, of the busiest tenants only",
                        traffic,
                        System::nanoTime));
    }

    /** Shows the tenants whose limits have refused most from now on. */
    public void showRefused(TenantTraffic refused) {
        registry.getPrometheusRegistry()
                .register(new TenantSeries(
                        "router_tenant_refused_requests",
                        "Requests in the last whole minute that limits have refused, of those tenants with most only",
                        refused,
                        System::nanoTime));
    }

    /** Shows the tenants that take most from now on. */
    public void show(TenantShares shares) {
        registry.getPrometheusRegistry().register(new TenantShareSeries(shares));
    }

    /** Shows what becomes of requests when there are more than can be served, from now on. */
    public void show(OverloadWatch overload, Waits waits, QueueMemory memory) {
        new OverloadMetrics(registry).show(overload, waits, memory);
    }

    /** Shows what is known of pods from now on. */
    public void show(PodGuards pods) {
        new PodMetrics(registry).show(pods);
    }

    /** Shows what the edge has open from now on. */
    public void show(Edge edge) {
        Gauge.builder("router.active.connections", edge, Edge::activeConnections)
                .description("Connections of clients that are open")
                .register(registry);
        for (Edge.ConnectionBound bound : Edge.ConnectionBound.values()) {
            FunctionCounter.builder("router.refused.connections", edge, counted -> counted.refusedConnections(bound))
                    .tag("bound", bound.name().toLowerCase(Locale.ROOT))
                    .description("Connections of clients that were not served because there were too many")
                    .register(registry);
        }
        for (Edge.ConnectionAbuse abuse : Edge.ConnectionAbuse.values()) {
            FunctionCounter.builder("router.abusive.connections", edge, counted -> counted.abusiveConnections(abuse))
                    .tag("kind", abuse.name().toLowerCase(Locale.ROOT))
                    .description("Connections of clients that were closed for abuse of the protocol")
                    .register(registry);
        }
        for (Edge.ProxyHeader kind : Edge.ProxyHeader.values()) {
            FunctionCounter.builder("router.proxy.headers", edge, counted -> counted.proxyHeaders(kind))
                    .tag("result", kind.name().toLowerCase(Locale.ROOT))
                    .description("PROXY headers of load balancers by what became of them")
                    .register(registry);
        }
        for (HandshakeOutcome outcome : HandshakeOutcome.values()) {
            FunctionCounter.builder("router.tls.handshakes", edge, counted -> counted.handshakes(outcome))
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                    .description("TLS handshakes of clients by how they ended")
                    .register(registry);
        }
        edge.certificates().forEach(known -> show(edge, known.file()));
        Gauge.builder("router.held.requests", edge, Edge::heldRequests)
                .description("Requests that wait for their tenants' pods")
                .register(registry);
        Gauge.builder("router.held.bytes", edge, Edge::heldBytes)
                .description("Memory that is reserved for requests that wait")
                .register(registry);
        for (HoldBound bound : HoldBound.values()) {
            FunctionCounter.builder("router.refused.holds", edge, counted -> counted.refusedHolds(bound))
                    .tag("bound", bound.name().toLowerCase(Locale.ROOT))
                    .description("Requests that were not held because too many were")
                    .register(registry);
        }
        Gauge.builder("router.active.requests", edge, Edge::activeRequests)
                .description("Requests that have begun and not ended")
                .register(registry);
        show(edge.webSockets());
    }

    private void show(WebSocketTotals webSockets) {
        Gauge.builder("router.active.websockets", webSockets, WebSocketTotals::active)
                .description("WebSockets that are open")
                .register(registry);
        FunctionCounter.builder("router.websockets.opened", webSockets, WebSocketTotals::openedCount)
                .description("WebSockets whose handshake was done")
                .register(registry);
        for (WebSocketEnd how : WebSocketEnd.values()) {
            FunctionCounter.builder("router.websockets.closed", webSockets, counted -> counted.closedCount(how))
                    .tag("reason", how.name().toLowerCase(Locale.ROOT))
                    .description("WebSockets that have ended, by why")
                    .register(registry);
        }
        for (WebSocketTunnel.Side from : WebSocketTunnel.Side.values()) {
            FunctionCounter.builder("router.websocket.bytes", webSockets, counted -> counted.passedBytes(from))
                    .tag("from", from.name().toLowerCase(Locale.ROOT))
                    .description("Bytes of WebSockets' frames that were passed on")
                    .register(registry);
        }
    }

    private void show(Edge edge, String file) {
        Gauge.builder(
                        "router.tls.certificate.expiry.seconds",
                        edge,
                        shown -> Duration.between(
                                        Instant.now(), certificate(shown, file).expires())
                                .toSeconds())
                .tag("file", file)
                .description("Until the first certificate of the chain in use expires; negative from then on")
                .register(registry);
        FunctionCounter.builder(
                        "router.tls.certificate.reloads",
                        edge,
                        shown -> certificate(shown, file).reloads())
                .tags("file", file, "result", "taken")
                .description("Changed files of keys and certificates")
                .register(registry);
        FunctionCounter.builder(
                        "router.tls.certificate.reloads",
                        edge,
                        shown -> certificate(shown, file).failures())
                .tags("file", file, "result", "refused")
                .description("Changed files of keys and certificates")
                .register(registry);
    }

    private static ServerCertificates.Status certificate(Edge edge, String file) {
        return edge.certificates().stream()
                .filter(known -> known.file().equals(file))
                .findFirst()
                .orElseThrow();
    }

    /** Shows the JVM, its memory inside and outside the heap, and how far these event loops are behind. */
    public void showProcess(List<EventExecutor> eventLoops) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new NettyEventExecutorMetrics(eventLoops, Tags.empty()).bindTo(registry);
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider measured) {
            new NettyAllocatorMetrics(measured).bindTo(registry);
        }
        JvmGcMetrics collectionMetrics = new JvmGcMetrics();
        collectionMetrics.bindTo(registry);
        collections = collectionMetrics;
    }

    /** All series, in the form that the {@code Accept} header asks for. Walks every meter: not for an event loop. */
    public Exposition exposition(@Nullable String accept) {
        String contentType = accept != null && accept.contains(OPEN_METRICS) ? OPEN_METRICS_TYPE : TEXT_TYPE;
        return new Exposition(contentType, registry.scrape(contentType));
    }

    @Override
    public void close() {
        if (collections != null) {
            collections.close();
        }
        registry.close();
    }
}
