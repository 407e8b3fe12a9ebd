package io.percolate.gateway.bench.pod;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.percolate.gateway.bench.pod.host.Departures.Export;
import io.percolate.gateway.bench.pod.host.EvictOutcome;
import io.percolate.gateway.bench.pod.host.HostedTenants;
import io.percolate.gateway.bench.pod.host.Keep;
import io.percolate.gateway.bench.pod.host.LoadOutcome;
import io.percolate.gateway.bench.pod.host.SnapshotOutcome;
import io.percolate.gateway.bench.pod.host.StageOutcome;
import io.percolate.gateway.bench.pod.host.TenantView;
import io.percolate.gateway.bench.pod.store.DataException;
import io.percolate.gateway.bench.pod.store.FileFact;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the fleet tells a pod about tenants: load, evict, export, import, and what is here. */
final class ControlCalls {
    private static final Logger log = LoggerFactory.getLogger(ControlCalls.class);
    private static final int BODY_BYTES_MAX = 64 * 1024;
    private static final long BYTES_PER_MB = 1_000_000;
    private static final String DATA = "data";
    private static final String SNAPSHOT = "snapshot";
    private static final String STAGED = "staged";
    /** Names, sizes and checksums of as many files as a tar may have. */
    private static final int FILE_LIST_BYTES_MAX = 16 << 20;

    private final TierPodConfig config;
    private final HostedTenants tenants;

    ControlCalls(TierPodConfig config, HostedTenants tenants) {
        this.config = config;
        this.tenants = tenants;
    }

    /** @param path what follows {@code /internal/} */
    Mono<Void> answer(List<String> path, HttpServerRequest request, HttpServerResponse response) {
        if (path.isEmpty() || !path.getFirst().equals("tenants") || path.size() > 3) {
            throw new PodRefusal(404, "there is no such call");
        }
        String method = request.method().name();
        if (path.size() == 1) {
            requireMethod(method, "GET");
            return all(request, response);
        }
        TenantId tenant = TenantId.parse(path.get(1))
                .orElseThrow(() -> PodRefusal.badRequest("expected a tenant's UUID, got '" + path.get(1) + "'"));
        if (path.size() == 2) {
            return switch (method) {
                case "PUT" -> load(tenant, request, response);
                case "GET" -> view(tenant, request, response);
                case "DELETE" -> evict(tenant, request, response);
                default -> throw notAllowed(method);
            };
        }
        if (path.get(2).equals(SNAPSHOT)) {
            requireMethod(method, "PUT");
            return snapshot(tenant, request, response);
        }
        if (path.get(2).equals(STAGED)) {
            return switch (method) {
                case "PUT" -> stage(tenant, request, response);
                case "DELETE" -> unstage(tenant, request, response);
                default -> throw notAllowed(method);
            };
        }
        if (!path.get(2).equals(DATA)) {
            throw new PodRefusal(404, "there is no such call");
        }
        return switch (method) {
            case "GET" -> export(tenant, request, response);
            case "PUT" -> receive(tenant, request, response);
            case "POST" -> exportRest(tenant, request, response);
            default -> throw notAllowed(method);
        };
    }

    private Mono<Void> load(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = PodRequest.requiredEpoch(request);
        log.info("asked to load tenant {} under epoch {}", tenant, epoch);
        return PodRequest.body(request, BODY_BYTES_MAX)
                .flatMap(body -> tenants.load(tenant, epoch, restoreFrom(body)))
                .flatMap(outcome -> switch (outcome) {
                    case LoadOutcome.IsHot _ -> PodReply.json(request, response, 200, Map.of("state", "hot"));
                    case LoadOutcome.IsLoading _ -> PodReply.json(request, response, 202, Map.of("state", "loading"));
                    case LoadOutcome.NewerHere(long newer) -> newerHere(request, response, newer);
                    case LoadOutcome.NoRoom(String reason) ->
                        PodReply.problem(request, response, 429, reason, Map.of());
                    case LoadOutcome.IsLeaving(long current) ->
                        PodReply.problem(
                                request, response, 503, "the tenant is being evicted", Map.of("epoch", current));
                });
    }

    private Mono<Void> view(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        return tenants.view(tenant).flatMap(view -> PodReply.json(request, response, 200, json(view)));
    }

    private Mono<Void> all(HttpServerRequest request, HttpServerResponse response) {
        return tenants.all().flatMap(views -> {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("pod", config.id().value());
            answer.put("tier", config.tier().name());
            answer.put("capacity", tenants.capacity());
            answer.put("hot", tenants.hotCount());
            answer.put("tenants", views.stream().map(ControlCalls::json).toList());
            return PodReply.json(request, response, 200, answer);
        });
    }

    private Mono<Void> evict(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = PodRequest.requiredEpoch(request);
        Map<String, List<String>> query = new QueryStringDecoder(request.uri()).parameters();
        List<String> keep = query.getOrDefault("keep", List.of("disk"));
        boolean writesContext = !query.getOrDefault("context", List.of("write")).equals(List.of("skip"));
        log.info("asked to evict tenant {} under epoch {}, keeping {}", tenant, epoch, keep.getFirst());
        Keep what = switch (keep.getFirst()) {
            case "disk" -> Keep.DISK;
            case "nothing" -> Keep.NOTHING;
            case String other -> throw PodRefusal.badRequest("keep: expected disk or nothing, got '" + other + "'");
        };
        return tenants.evict(tenant, epoch, what, writesContext)
                .onErrorMap(error -> new PodRefusal(503, "the eviction failed and was undone: " + error.getMessage()))
                .flatMap(outcome -> switch (outcome) {
                    case EvictOutcome.IsWarm(String etag) ->
                        PodReply.json(request, response, 200, evicted("warm", null, etag));
                    case EvictOutcome.IsAbsent(String location, String etag) ->
                        PodReply.json(request, response, 200, evicted("absent", location, etag));
                    case EvictOutcome.IsBusy(long current) ->
                        PodReply.problem(request, response, 409, "the tenant is busy", Map.of("epoch", current));
                    case EvictOutcome.NewerHere(long newer) -> newerHere(request, response, newer);
                    case EvictOutcome.NoVault _ ->
                        PodReply.problem(
                                request, response, 501, "this pod was given no S3 to put the data into", Map.of());
                });
    }

    private Mono<Void> snapshot(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = PodRequest.requiredEpoch(request);
        log.info("asked to store a snapshot of tenant {} of epoch {}", tenant, epoch);
        return tenants.snapshot(tenant, epoch)
                .onErrorMap(error -> new PodRefusal(503, "the snapshot was not stored: " + error.getMessage()))
                .flatMap(outcome -> switch (outcome) {
                    case SnapshotOutcome.IsStored(URI location) ->
                        PodReply.json(request, response, 200, Map.of("data_location", location.toString()));
                    case SnapshotOutcome.NotStill(String state, long current) ->
                        PodReply.problem(
                                request,
                                response,
                                409,
                                "the tenant is " + state + " under epoch " + current,
                                Map.of("state", state, "epoch", current));
                    case SnapshotOutcome.NoVault _ ->
                        PodReply.problem(
                                request, response, 501, "this pod was given no S3 to put the data into", Map.of());
                });
    }

    private Mono<Void> export(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = PodRequest.requiredEpoch(request);
        List<String> part = new QueryStringDecoder(request.uri()).parameters().getOrDefault("part", List.of("all"));
        return switch (part.getFirst()) {
            case "all" -> sent(tenants.export(tenant, epoch), request, response);
            case "immutable" -> sent(tenants.exportImmutable(tenant, epoch), request, response);
            case String other -> throw PodRefusal.badRequest("part: expected all or immutable, got '" + other + "'");
        };
    }

    private Mono<Void> exportRest(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = PodRequest.requiredEpoch(request);
        return PodRequest.body(request, FILE_LIST_BYTES_MAX)
                .flatMap(body -> sent(tenants.exportRest(tenant, epoch, fileFacts(body)), request, response));
    }

    private Mono<Void> stage(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = PodRequest.requiredEpoch(request);
        return PodRequest.body(request, BODY_BYTES_MAX)
                .flatMap(body -> {
                    URI from = url(body, "from");
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

    private static Mono<Void> sent(Mono<Export> exported, HttpServerRequest request, HttpServerResponse response) {
        return exported.flatMap(export -> switch (export) {
            case Export.Data(long of, var tar) ->
                response.header("Content-Type", "application/x-tar")
                        .header(PodRequest.EPOCH, Long.toString(of))
                        .send(tar.map(Unpooled::wrappedBuffer))
                        .then();
            case Export.None _ -> PodReply.problem(request, response, 404, "the tenant is not on this pod", Map.of());
            case Export.NotStill(String state, long current) ->
                PodReply.problem(
                        request,
                        response,
                        409,
                        "the tenant is " + state + ": evict it first",
                        Map.of("state", state, "epoch", current));
            case Export.NewerHere(long newer) -> newerHere(request, response, newer);
        });
    }

    private Mono<Void> receive(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = PodRequest.requiredEpoch(request);
        return tenants.receive(tenant, epoch, request.receive().asByteArray().map(ByteBuffer::wrap))
                .onErrorMap(DataException.class, error -> PodRefusal.badRequest(String.valueOf(error.getMessage())))
                .flatMap(taken -> taken
                        ? PodReply.json(request, response, 200, Map.of("state", "warm", "epoch", epoch))
                        : PodReply.problem(
                                request,
                                response,
                                409,
                                "the tenant is in memory here, or under a newer epoch",
                                Map.of()));
    }

    private static Mono<Void> newerHere(HttpServerRequest request, HttpServerResponse response, long newer) {
        return PodReply.problem(
                request, response, 409, "the tenant is here under epoch " + newer, Map.of("epoch", newer));
    }

    private static @Nullable URI restoreFrom(byte[] body) {
        return body.length == 0 ? null : url(body, "restore_from");
    }

    private static @Nullable URI url(byte[] body, String name) {
        try {
            JsonNode from = JsonMapper.shared().readTree(body).path(name);
            return from.isMissingNode() || from.isNull() ? null : new URI(from.stringValue());
        } catch (JacksonException | URISyntaxException e) {
            throw PodRefusal.badRequest("expected {\"" + name + "\": \"<URL>\"}: " + e.getMessage());
        }
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

    private static Map<String, @Nullable Object> evicted(
            String state, @Nullable String location, @Nullable String contextEtag) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("state", state);
        answer.put("data_location", location);
        if (contextEtag != null) {
            answer.put("context_etag", contextEtag);
        }
        return answer;
    }

    private static Map<String, Object> json(TenantView view) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("tenant", view.tenant().toString());
        json.put("state", view.state());
        json.put("epoch", view.epoch());
        json.put("busy", view.busy());
        json.put("in_flight", view.inFlight());
        json.put("memory_mb", megabytes(view.memoryBytes()));
        json.put("data_size_mb", megabytes(view.dataBytes()));
        if (view.error() != null) {
            json.put("error", view.error());
        }
        return json;
    }

    private static long megabytes(long bytes) {
        return (bytes + BYTES_PER_MB - 1) / BYTES_PER_MB;
    }

    private static void requireMethod(String method, String expected) {
        if (!method.equals(expected)) {
            throw notAllowed(method);
        }
    }

    private static PodRefusal notAllowed(String method) {
        return new PodRefusal(405, method + " means nothing here");
    }
}
