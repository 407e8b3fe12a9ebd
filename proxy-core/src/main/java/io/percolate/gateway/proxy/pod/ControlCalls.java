package io.percolate.gateway.proxy.pod;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.percolate.gateway.proxy.pod.data.DataException;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** What the fleet tells a pod about tenants, as docs/pod-contract.yaml has it. */
public final class ControlCalls {
    private static final Logger log = LoggerFactory.getLogger(ControlCalls.class);
    private static final long BYTES_PER_MB = 1_000_000;
    private static final String NO_VAULT = "this pod was given no S3 to put the data into";

    private final PodId pod;
    private final Tier tier;
    private final PodHost tenants;

    public ControlCalls(PodId pod, Tier tier, PodHost tenants) {
        this.pod = pod;
        this.tier = tier;
        this.tenants = tenants;
    }

    /** @param path what follows {@code /internal/} */
    public Mono<Void> answer(List<String> path, HttpServerRequest request, HttpServerResponse response) {
        if (path.isEmpty() || !path.getFirst().equals("tenants") || path.size() > 3) {
            throw new PodRefusal(404, "there is no such call");
        }
        String method = request.method().name();
        if (path.size() == 1) {
            if (!method.equals("GET")) {
                throw notAllowed(method);
            }
            return all(request, response);
        }
        TenantId tenant = TenantId.parse(path.get(1))
                .orElseThrow(() -> PodRefusal.badRequest("expected a tenant's UUID, got '" + path.get(1) + "'"));
        String call = method + " " + (path.size() == 3 ? path.get(2) : "");
        return switch (call) {
            case "PUT " -> load(tenant, request, response);
            case "GET " -> view(tenant, request, response);
            case "DELETE " -> evict(tenant, request, response);
            case "PUT snapshot" -> snapshot(tenant, request, response);
            case "GET data" -> export(tenant, request, response);
            case "PUT data" -> receive(tenant, request, response);
            default -> {
                boolean known = path.size() == 2 || List.of("snapshot", "data").contains(path.get(2));
                throw known ? notAllowed(method) : new PodRefusal(404, "there is no such call");
            }
        };
    }

    private Mono<Void> load(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = ControlRequest.epoch(request);
        return ControlRequest.body(request)
                .flatMap(body -> {
                    URI from = ControlRequest.restoreFrom(body);
                    log.info("asked to load tenant {} under epoch {} from {}", tenant, epoch, from);
                    return tenants.load(tenant, epoch, from);
                })
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

    /** Of a tenant that is being loaded as soon as it is no more, or the caller's patience has ended. */
    private Mono<Void> view(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        Duration waitMax = ControlRequest.waitMax(request);
        Mono<Void> ended =
                waitMax.isZero() ? Mono.empty() : tenants.loadEnded(tenant).timeout(waitMax, Mono.empty());
        return ended.then(Mono.defer(() -> tenants.view(tenant)))
                .flatMap(view -> PodReply.json(request, response, 200, json(view)));
    }

    private Mono<Void> all(HttpServerRequest request, HttpServerResponse response) {
        return tenants.all().flatMap(views -> {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("pod", pod.value());
            answer.put("tier", tier.name());
            answer.put("capacity", tenants.capacity());
            answer.put("hot", tenants.hotCount());
            answer.put("tenants", views.stream().map(ControlCalls::json).toList());
            return PodReply.json(request, response, 200, answer);
        });
    }

    private Mono<Void> evict(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = ControlRequest.epoch(request);
        Map<String, List<String>> query = new QueryStringDecoder(request.uri()).parameters();
        String keep = query.getOrDefault("keep", List.of("disk")).getFirst();
        boolean writesContext = !query.getOrDefault("context", List.of("write")).equals(List.of("skip"));
        Keep what = switch (keep) {
            case "disk" -> Keep.DISK;
            case "nothing" -> Keep.NOTHING;
            default -> throw PodRefusal.badRequest("keep: expected disk or nothing, got '" + keep + "'");
        };
        log.info("asked to evict tenant {} under epoch {}, keeping {}", tenant, epoch, keep);
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
                    case EvictOutcome.NoVault _ -> PodReply.problem(request, response, 501, NO_VAULT, Map.of());
                });
    }

    private Mono<Void> snapshot(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = ControlRequest.epoch(request);
        log.info("asked to store a snapshot of tenant {} of epoch {}", tenant, epoch);
        return tenants.snapshot(tenant, epoch)
                .onErrorMap(error -> new PodRefusal(503, "the snapshot was not stored: " + error.getMessage()))
                .flatMap(outcome -> switch (outcome) {
                    case SnapshotOutcome.IsStored(URI location) ->
                        PodReply.json(request, response, 200, Map.of("data_location", location.toString()));
                    case SnapshotOutcome.NotStill(String state, long current) ->
                        notStill(request, response, state, current);
                    case SnapshotOutcome.NoVault _ -> PodReply.problem(request, response, 501, NO_VAULT, Map.of());
                });
    }

    private Mono<Void> export(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = ControlRequest.epoch(request);
        return exported(tenants.export(tenant, epoch), request, response);
    }

    /** Tells what came of an export. */
    public static Mono<Void> exported(
            Mono<ExportOutcome> export, HttpServerRequest request, HttpServerResponse response) {
        return export.onErrorMap(error -> new PodRefusal(503, "the export failed: " + error.getMessage()))
                .flatMap(outcome -> switch (outcome) {
                    case ExportOutcome.Data(long of, var content) ->
                        response.header("Content-Type", "application/x-tar")
                                .header(ControlRequest.EPOCH, Long.toString(of))
                                .sendByteArray(content)
                                .then();
                    case ExportOutcome.None _ ->
                        PodReply.problem(request, response, 404, "this pod has no data of the tenant", Map.of());
                    case ExportOutcome.NotStill(String state, long current) ->
                        notStill(request, response, state, current);
                    case ExportOutcome.NewerHere(long newer) -> newerHere(request, response, newer);
                });
    }

    private Mono<Void> receive(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        long epoch = ControlRequest.epoch(request);
        return tenants.receive(tenant, epoch, request.receive().asByteArray())
                .onErrorMap(error -> error instanceof DataException
                        ? PodRefusal.badRequest(String.valueOf(error.getMessage()))
                        : new PodRefusal(503, "the import failed: " + error.getMessage()))
                .flatMap(taken -> taken
                        ? PodReply.json(request, response, 200, Map.of("state", "warm", "epoch", epoch))
                        : PodReply.problem(
                                request,
                                response,
                                409,
                                "the tenant is in memory here, or was seen under a newer epoch",
                                Map.of()));
    }

    private static Mono<Void> newerHere(HttpServerRequest request, HttpServerResponse response, long newer) {
        return PodReply.problem(
                request, response, 409, "the tenant was seen here under epoch " + newer, Map.of("epoch", newer));
    }

    private static Mono<Void> notStill(
            HttpServerRequest request, HttpServerResponse response, String state, long current) {
        return PodReply.problem(
                request,
                response,
                409,
                "the tenant is " + state + " under epoch " + current,
                Map.of("state", state, "epoch", current));
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

    private static PodRefusal notAllowed(String method) {
        return new PodRefusal(405, method + " means nothing here");
    }
}
