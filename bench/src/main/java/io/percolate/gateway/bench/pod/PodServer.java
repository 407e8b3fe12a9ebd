package io.percolate.gateway.bench.pod;

import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.percolate.gateway.bench.pod.grpc.GrpcTraffic;
import io.percolate.gateway.bench.pod.host.Admission;
import io.percolate.gateway.bench.pod.host.HostedTenants;
import io.percolate.gateway.bench.pod.store.ClosedDataException;
import io.percolate.gateway.proxy.pod.ControlCalls;
import io.percolate.gateway.proxy.pod.PodRefusal;
import io.percolate.gateway.proxy.pod.PodReply;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** The pod's listener: health, control calls, and the tenants' traffic behind the fence. */
final class PodServer {
    private static final Logger log = LoggerFactory.getLogger(PodServer.class);
    private static final int HEADER_BYTES_MAX = 64 * 1024;
    private static final int STREAMS_MAX = 1024;
    private static final int LINE_BYTES_MAX = 16 * 1024;
    /** Longer than the gateway keeps idle connections, so that it never meets one being closed. */
    private static final Duration IDLE_MAX = Duration.ofMinutes(2);

    private static final int MISDIRECTED = 421;

    private final String id;
    private final HostedTenants tenants;
    private final PreloadCalls control;
    private final TenantTraffic traffic;
    private final GrpcTraffic calls;

    private PodServer(TierPodConfig config, HostedTenants tenants, Scheduler blocking, LoopResources loops) {
        this.id = config.id().value();
        this.tenants = tenants;
        this.control = new PreloadCalls(tenants, new ControlCalls(config.id(), config.tier(), tenants));
        this.traffic = new TenantTraffic(config, blocking);
        this.calls = new GrpcTraffic(loops.onServer(LoopResources.DEFAULT_NATIVE));
    }

    /** @param connections gets each connection, for as long as it is open */
    static DisposableServer start(
            TierPodConfig config,
            HostedTenants tenants,
            ChannelGroup connections,
            Scheduler blocking,
            LoopResources loops) {
        PodServer server = new PodServer(config, tenants, blocking, loops);
        return HttpServer.create()
                .runOn(loops)
                .host(config.host())
                .port(config.port())
                .protocol(HttpProtocol.H2C, HttpProtocol.HTTP11)
                .http2Settings(
                        settings -> settings.maxHeaderListSize(HEADER_BYTES_MAX).maxConcurrentStreams(STREAMS_MAX))
                .idleTimeout(IDLE_MAX)
                .doOnChannelInit((observer, channel, remote) -> connections.add(channel))
                .httpRequestDecoder(spec -> spec.maxHeaderSize(HEADER_BYTES_MAX).maxInitialLineLength(LINE_BYTES_MAX))
                .handle(server::answer)
                .bindNow();
    }

    private Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        return Mono.defer(() -> dispatch(request, response)).onErrorResume(error -> failed(error, request, response));
    }

    private Mono<Void> dispatch(HttpServerRequest request, HttpServerResponse response) {
        List<String> path = path(request);
        return switch (path.isEmpty() ? "" : path.getFirst()) {
            case "health" -> PodReply.json(request, response, 200, Map.of("status", "ok"));
            case "ready" -> ready(request, response);
            case "internal" -> control.answer(path.subList(1, path.size()), request, response);
            default -> ofTenant(path, request, response);
        };
    }

    private Mono<Void> ready(HttpServerRequest request, HttpServerResponse response) {
        boolean draining = tenants.isDraining();
        return PodReply.json(
                request,
                response,
                draining ? 503 : 200,
                Map.of(
                        "status", draining ? "draining" : "ready",
                        "hot", tenants.hotCount(),
                        "capacity", tenants.capacity()));
    }

    private Mono<Void> ofTenant(List<String> path, HttpServerRequest request, HttpServerResponse response) {
        Optional<TenantId> tenant = PodRequest.tenant(request);
        if (tenant.isEmpty()) {
            return misdirected(request, response, new Admission.Misdirected("absent", 0));
        }
        return switch (tenants.enter(tenant.get(), PodRequest.epochOrNone(request))) {
            case Admission.Misdirected refused -> misdirected(request, response, refused);
            case Admission.Visit visit ->
                Mono.defer(() -> GrpcTraffic.isCall(request)
                                ? calls.answer(request, response)
                                : traffic.answer(path, tenant.get(), visit, request, signed(visit, request, response)))
                        .doFinally(signal -> visit.leave());
        };
    }

    private HttpServerResponse signed(Admission.Visit visit, HttpServerRequest request, HttpServerResponse response) {
        return response.header(TenantAnswers.POD, id)
                .header(TenantAnswers.EPOCH, Long.toString(PodRequest.epochOrNone(request)))
                .header(TenantAnswers.HOT_MICROS, Long.toString(TimeUnit.NANOSECONDS.toMicros(visit.hotNanos())));
    }

    private static Mono<Void> misdirected(
            HttpServerRequest request, HttpServerResponse response, Admission.Misdirected refused) {
        return PodReply.problem(
                request,
                response,
                MISDIRECTED,
                "the tenant is not hosted here under this epoch",
                Map.of("state", refused.state(), "epoch", refused.epoch()));
    }

    /** Once headers are out, a broken connection is the only honest answer left. */
    private static Mono<Void> failed(Throwable error, HttpServerRequest request, HttpServerResponse response) {
        if (response.hasSentHeaders()) {
            log.debug("the answer to {} {} broke off", request.method(), request.fullPath(), error);
            return Mono.error(error);
        }
        if (error instanceof PodRefusal refusal) {
            return PodReply.problem(
                    request, response, refusal.status(), String.valueOf(refusal.getMessage()), Map.of());
        }
        if (error instanceof ClosedDataException) {
            return misdirected(request, response, new Admission.Misdirected("absent", 0));
        }
        log.error("{} {} failed", request.method(), request.fullPath(), error);
        return PodReply.problem(request, response, 500, "the pod failed: " + error.getMessage(), Map.of());
    }

    /** The decoded segments of the path. */
    private static List<String> path(HttpServerRequest request) {
        String raw = new QueryStringDecoder(request.uri()).rawPath();
        return Arrays.stream(raw.split("/"))
                .filter(segment -> !segment.isEmpty())
                .map(segment -> QueryStringDecoder.decodeComponent(segment.replace("+", "%2B")))
                .toList();
    }
}
