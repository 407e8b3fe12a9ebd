package io.percolate.gateway.proxy.sidecar;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.percolate.gateway.proxy.pod.ControlCalls;
import io.percolate.gateway.proxy.pod.PodRefusal;
import io.percolate.gateway.proxy.pod.PodReply;
import io.percolate.gateway.proxy.sidecar.host.HostedTenants;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** Answers the fleet's calls: health, readiness, metrics and those about tenants. Listens to this machine only. */
final class ControlServer {
    private static final Logger log = LoggerFactory.getLogger(ControlServer.class);
    private static final int HEADER_BYTES_MAX = 64 * 1024;
    /** Longer than the relay in front keeps idle connections. */
    private static final Duration IDLE_MAX = Duration.ofMinutes(2);

    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final HostedTenants tenants;
    private final ApplicationHealth health;
    private final PrometheusMeterRegistry meters;
    private final ControlCalls calls;

    private ControlServer(
            SidecarConfig config, HostedTenants tenants, ApplicationHealth health, PrometheusMeterRegistry meters) {
        this.tenants = tenants;
        this.health = health;
        this.meters = meters;
        this.calls = new ControlCalls(config.id(), config.tier(), tenants);
    }

    static Mono<? extends DisposableServer> start(
            SidecarConfig config,
            HostedTenants tenants,
            ApplicationHealth health,
            PrometheusMeterRegistry meters,
            LoopResources loops) {
        ControlServer server = new ControlServer(config, tenants, health, meters);
        return HttpServer.create()
                .runOn(loops)
                .host("127.0.0.1")
                .port(0)
                .idleTimeout(IDLE_MAX)
                .httpRequestDecoder(spec -> spec.maxHeaderSize(HEADER_BYTES_MAX))
                .handle(server::answer)
                .bind();
    }

    private Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        return Mono.defer(() -> dispatch(request, response)).onErrorResume(error -> failed(error, request, response));
    }

    private Mono<Void> dispatch(HttpServerRequest request, HttpServerResponse response) {
        List<String> path = path(request);
        return switch (path.isEmpty() ? "" : path.getFirst()) {
            case "health" -> PodReply.json(request, response, 200, Map.of("status", "ok"));
            case "ready" -> ready(request, response);
            case "metrics" ->
                PodReply.bytes(
                        request, response, 200, METRICS_TYPE, meters.scrape().getBytes(StandardCharsets.UTF_8));
            case "internal" -> calls.answer(path.subList(1, path.size()), request, response);
            default -> throw new PodRefusal(404, "there is no such call");
        };
    }

    private Mono<Void> ready(HttpServerRequest request, HttpServerResponse response) {
        boolean draining = tenants.isDraining();
        boolean ready = !draining && health.isUp();
        return PodReply.json(
                request,
                response,
                ready ? 200 : 503,
                Map.of(
                        "status", ready ? "ready" : draining ? "draining" : "unready",
                        "hot", tenants.hotCount(),
                        "capacity", tenants.capacity()));
    }

    /** Once headers are out, a broken connection is the only honest answer left. */
    private static Mono<Void> failed(Throwable error, HttpServerRequest request, HttpServerResponse response) {
        if (response.hasSentHeaders()) {
            log.warn("the answer to {} {} broke off: {}", request.method(), request.fullPath(), error.toString());
            return Mono.error(error);
        }
        if (error instanceof PodRefusal refusal) {
            return PodReply.problem(
                    request, response, refusal.status(), String.valueOf(refusal.getMessage()), Map.of());
        }
        log.error("{} {} failed", request.method(), request.fullPath(), error);
        return PodReply.problem(request, response, 500, "the sidecar failed: " + error.getMessage(), Map.of());
    }

    /** The decoded segments of the path. */
    private static List<String> path(HttpServerRequest request) {
        return Arrays.stream(new QueryStringDecoder(request.uri()).rawPath().split("/"))
                .filter(segment -> !segment.isEmpty())
                .map(segment -> QueryStringDecoder.decodeComponent(segment.replace("+", "%2B")))
                .toList();
    }
}
