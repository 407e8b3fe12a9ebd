package io.percolate.gateway.proxy.ops;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the ops listener answers, path by path. */
final class OpsRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(OpsRoutes.class);
    private static final String ROUTES = "/routes/";

    private final OpsSubjects subjects;
    private final ChangeGuard guard;
    private final RouteView routes;
    private final TokenView tokens;

    OpsRoutes(OpsSubjects subjects, Optional<Secret> token) {
        this.subjects = subjects;
        this.guard = new ChangeGuard(token);
        this.routes = new RouteView(
                subjects.directory(),
                subjects.coldRules(),
                subjects.explain().tenants(),
                subjects.explain().placements(),
                subjects.pods());
        this.tokens = new TokenView(subjects.explain(), routes);
    }

    /** The answer; errors become problems here. */
    Mono<OpsAnswer> answer(HttpServerRequest request) {
        return Mono.defer(() -> dispatch(request)).onErrorResume(error -> Mono.just(problem(request, error)));
    }

    private Mono<OpsAnswer> dispatch(HttpServerRequest request) {
        String path = path(request.uri());
        return switch (path) {
            case "/health" -> shown(request, this::health);
            case "/ready" -> shown(request, this::ready);
            case "/metrics" -> shown(request, () -> metrics(request));
            case "/pods" -> shown(request, this::pods);
            case "/tenants/top" -> shown(request, this::topTenants);
            case "/caches/flush" -> changed(request, this::flush);
            case "/explain" -> changed(request, this::explain);
            case "/drain" -> changed(request, body -> drain());
            default ->
                path.startsWith(ROUTES)
                        ? shown(request, () -> route(path.substring(ROUTES.length()), request.uri()))
                        : Mono.just(OpsAnswer.problem(404, "there is nothing at " + path));
        };
    }

    private static Mono<OpsAnswer> shown(HttpServerRequest request, Supplier<Mono<OpsAnswer>> answer) {
        if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
            return answer.get();
        }
        return Mono.just(notAllowed(request, "GET, HEAD"));
    }

    private Mono<OpsAnswer> changed(HttpServerRequest request, Function<byte[], Mono<OpsAnswer>> change) {
        if (!request.method().equals(HttpMethod.POST)) {
            return Mono.just(notAllowed(request, "POST"));
        }
        guard.check(
                request.remoteAddress(),
                request.requestHeaders().get(HttpHeaderNames.AUTHORIZATION),
                request.requestHeaders().get(HttpHeaderNames.ORIGIN));
        return OpsBody.of(request).flatMap(change);
    }

    private Mono<OpsAnswer> health() {
        return subjects.liveness().check().map(turns -> {
            boolean alive = turns.stream().allMatch(Liveness.Turn::answered);
            ObjectNode view = OpsAnswer.object().put("alive", alive);
            ArrayNode loops = view.putArray("event_loops");
            turns.forEach(turn -> loops.addObject()
                    .put("loop", turn.loop())
                    .put("answered", turn.answered())
                    .put("delay_ms", turn.delay().toMillis()));
            return OpsAnswer.json(alive ? 200 : 503, view);
        });
    }

    private Mono<OpsAnswer> ready() {
        Readiness.Report report = subjects.readiness().report();
        ObjectNode view = OpsAnswer.object().put("ready", report.ready()).put("stage", lower(report.stage()));
        ObjectNode dependencies = view.putObject("dependencies");
        report.dependencies()
                .forEach((name, detail) -> dependencies
                        .putObject(name)
                        .put("up", detail.up())
                        .put("needed", lower(detail.need()))
                        .put("satisfied", detail.satisfied())
                        .put("detail", detail.detail()));
        return Mono.just(OpsAnswer.json(report.ready() ? 200 : 503, view));
    }

    private Mono<OpsAnswer> metrics(HttpServerRequest request) {
        String accept = request.requestHeaders().get(HttpHeaderNames.ACCEPT);
        return Mono.fromCallable(() -> subjects.metrics().exposition(accept))
                .subscribeOn(Schedulers.boundedElastic())
                .map(exposition -> OpsAnswer.text(exposition.contentType(), exposition.text()));
    }

    private Mono<OpsAnswer> pods() {
        ObjectNode view = OpsAnswer.object();
        ArrayNode pods = view.putArray("pods");
        subjects.pods().get().forEach(pod -> pods.add(PodView.of(pod)));
        return Mono.just(OpsAnswer.json(200, view));
    }

    private Mono<OpsAnswer> topTenants() {
        return Mono.just(
                OpsAnswer.json(200, TopTenantsView.of(subjects.topTenants().get())));
    }

    private Mono<OpsAnswer> route(String text, String uri) {
        TenantId tenant = TenantId.parse(text)
                .orElseThrow(
                        () -> new OpsRefusal(400, "expected a tenant's UUID after " + ROUTES + ", got '" + text + "'"));
        return routes.explain(tenant, ExplainRequest.ofTenant(parameters(uri))).map(view -> OpsAnswer.json(200, view));
    }

    /** Changes nothing, but whoever may ask can try tokens out; so it is guarded like a change. */
    private Mono<OpsAnswer> explain(byte[] body) {
        return tokens.explain(ExplainRequest.parse(body)).map(view -> OpsAnswer.json(200, view));
    }

    private Mono<OpsAnswer> flush(byte[] body) {
        FlushRequest request = FlushRequest.parse(body);
        ObjectNode view = OpsAnswer.object();
        ObjectNode dropped = view.putObject("flushed");
        subjects.caches().flush(request).forEach((cache, entries) -> dropped.put(lower(cache), entries));
        LOG.info("flushed {} by the ops listener: {}", request, dropped);
        return Mono.just(OpsAnswer.json(200, view));
    }

    private Mono<OpsAnswer> drain() {
        LOG.info("drain asked for by the ops listener");
        subjects.drain().run();
        return Mono.just(OpsAnswer.json(
                202, OpsAnswer.object().put("stage", lower(subjects.readiness().stage()))));
    }

    private static OpsAnswer problem(HttpServerRequest request, Throwable error) {
        return switch (error) {
            case OpsRefusal refusal -> OpsAnswer.problem(refusal.status(), refusal.detail());
            case FailureException known -> {
                Failure failure = known.failure();
                yield OpsAnswer.problem(503, lower(failure.kind()) + ": " + failure.clientDetail());
            }
            default -> {
                LOG.error("the ops listener failed at {} {}", request.method(), request.uri(), error);
                yield OpsAnswer.problem(500, "the ops listener failed, see the log");
            }
        };
    }

    private static OpsAnswer notAllowed(HttpServerRequest request, String methods) {
        return OpsAnswer.problem(405, "expected " + methods + ", got " + request.method())
                .allowing(methods);
    }

    private static Map<String, String> parameters(String uri) {
        Map<String, String> parameters = new HashMap<>();
        try {
            new QueryStringDecoder(uri)
                    .parameters()
                    .forEach((name, values) ->
                            parameters.put(values.size() == 1 ? name : name + " twice", values.getFirst()));
        } catch (IllegalArgumentException malformed) {
            throw new OpsRefusal(400, "the query cannot be decoded");
        }
        return parameters;
    }

    private static String path(String uri) {
        int queryStart = uri.indexOf('?');
        return queryStart < 0 ? uri : uri.substring(0, queryStart);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
