package io.percolate.gateway.bench.pod;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.percolate.gateway.bench.pod.host.HostedTenants;
import io.percolate.gateway.bench.pod.host.StageOutcome;
import io.percolate.gateway.bench.pod.store.FileFact;
import io.percolate.gateway.proxy.pod.ControlCalls;
import io.percolate.gateway.proxy.pod.ControlRequest;
import io.percolate.gateway.proxy.pod.PodRefusal;
import io.percolate.gateway.proxy.pod.PodReply;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The calls of the contract that a pod need not have: those that fetch before a tenant moves what will not change. */
final class PreloadCalls {
    private static final Logger log = LoggerFactory.getLogger(PreloadCalls.class);
    /** Names, sizes and checksums of as many files as a tar may have. */
    private static final int FILE_LIST_BYTES_MAX = 16 << 20;

    private final HostedTenants tenants;
    private final ControlCalls others;

    /** @param others answers all that is none of these calls */
    PreloadCalls(HostedTenants tenants, ControlCalls others) {
        this.tenants = tenants;
        this.others = others;
    }

    /** @param path what follows {@code /internal/} */
    Mono<Void> answer(List<String> path, HttpServerRequest request, HttpServerResponse response) {
        TenantId tenant = path.size() == 3 && path.getFirst().equals("tenants")
                ? TenantId.parse(path.get(1)).orElse(null)
                : null;
        if (tenant == null) {
            return others.answer(path, request, response);
        }
        return switch (request.method().name() + " " + path.get(2)) {
            case "PUT staged" -> stage(tenant, request, response);
            case "DELETE staged" -> unstage(tenant, request, response);
            case "POST data" -> exportRest(tenant, request, response);
            case "GET data" -> export(path, tenant, request, response);
            default -> {
                if (path.get(2).equals("staged")) {
                    throw new PodRefusal(405, request.method() + " means nothing here");
                }
                yield others.answer(path, request, response);
            }
        };
    }

    private Mono<Void> export(
            List<String> path, TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        List<String> part = new QueryStringDecoder(request.uri()).parameters().getOrDefault("part", List.of("all"));
        return switch (part.getFirst()) {
            case "all" -> others.answer(path, request, response);
            case "immutable" ->
                ControlCalls.exported(
                        tenants.exportImmutable(tenant, ControlRequest.epoch(request)), request, response);
            case String other -> throw PodRefusal.badRequest("part: expected all or immutable, got '" + other + "'");
        };
    }

    private Mono<Void> exportRest(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = ControlRequest.epoch(request);
        return ControlRequest.body(request, FILE_LIST_BYTES_MAX)
                .flatMap(body ->
                        ControlCalls.exported(tenants.exportRest(tenant, epoch, fileFacts(body)), request, response));
    }

    private Mono<Void> stage(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = ControlRequest.epoch(request);
        return ControlRequest.body(request)
                .flatMap(body -> {
                    URI from = ControlRequest.url(body, "from");
                    if (from == null || !"http".equals(from.getScheme())) {
                        throw PodRefusal.badRequest("expected {\"from\": \"http://<pod>/internal/tenants/<id>/data\"}");
                    }
                    return tenants.stage(tenant, epoch, from);
                })
                .onErrorMap(
                        error -> !(error instanceof PodRefusal),
                        error -> new PodRefusal(502, "nothing was staged: " + error.getMessage()))
                .flatMap(outcome -> switch (outcome) {
                    case StageOutcome.IsStaged(long bytes, int files) -> {
                        log.info("staged {} bytes of tenant {} in {} files", bytes, tenant, files);
                        yield PodReply.json(
                                request, response, 200, Map.of("staged_bytes", bytes, "staged_files", files));
                    }
                    case StageOutcome.IsHere(long current) ->
                        PodReply.problem(
                                request,
                                response,
                                409,
                                "the tenant is here under epoch " + current,
                                Map.of("epoch", current));
                    case StageOutcome.NoRoom _ ->
                        PodReply.problem(request, response, 429, "as much is staged as may be", Map.of());
                });
    }

    private Mono<Void> unstage(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        return tenants.unstage(tenant)
                .then(Mono.defer(
                        () -> PodReply.json(request, response, 200, Map.of("staged_bytes", 0, "staged_files", 0))));
    }

    private static List<FileFact> fileFacts(byte[] body) {
        try {
            List<FileFact> facts = new ArrayList<>();
            for (JsonNode file : JsonMapper.shared().readTree(body).path("have")) {
                facts.add(new FileFact(
                        file.path("name").stringValue(""),
                        file.path("size").longValue(-1),
                        file.path("sha256").stringValue("")));
            }
            return facts;
        } catch (JacksonException e) {
            throw PodRefusal.badRequest("expected {\"have\": [{name, size, sha256}, ...]}: " + e.getMessage());
        }
    }
}
