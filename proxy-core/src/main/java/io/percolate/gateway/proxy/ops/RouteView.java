package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.proxy.cold.ColdStartRules;
import io.percolate.gateway.proxy.cold.ColdStartRules.Choice;
import io.percolate.gateway.proxy.cold.ColdStartRules.Responder;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.proxy.resilience.PodStatus;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteExplanation;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.placement.Canary;
import io.percolate.gateway.routing.placement.PeerGateway;
import io.percolate.gateway.routing.placement.PlacementDecision;
import io.percolate.gateway.routing.placement.PlacementStrategy;
import io.percolate.gateway.routing.placement.PlacementStrategy.KeySource;
import io.percolate.gateway.routing.placement.Placements;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Why a tenant's requests go where they go, as of now, for people. */
final class RouteView {
    private final RouteDirectory directory;
    private final ColdStartRules coldRules;
    private final @Nullable TenantLimiter limits;
    private final Placements placements;
    private final Supplier<List<PodStatus>> pods;

    /** @param limits of tenants; null where they have none */
    RouteView(
            RouteDirectory directory,
            ColdStartRules coldRules,
            @Nullable TenantLimiter limits,
            Placements placements,
            Supplier<List<PodStatus>> pods) {
        this.placements = placements;
        this.directory = directory;
        this.coldRules = coldRules;
        this.limits = limits;
        this.pods = pods;
    }

    /** The explanation as JSON; a tenant that is not cached is looked up first, like a request would. */
    Mono<ObjectNode> explain(TenantId tenant) {
        return explain(tenant, null);
    }

    /** The same, for one request where one is given. */
    Mono<ObjectNode> explain(TenantId tenant, @Nullable ExplainRequest request) {
        return Mono.defer(() -> {
            RouteExplanation cached = directory.explain(tenant);
            if (cached != null) {
                return Mono.just(view(tenant, cached.lookup(), cached, true, request));
            }
            return directory
                    .lookup(tenant)
                    .map(lookup -> view(tenant, lookup, directory.explain(tenant), false, request));
        });
    }

    private ObjectNode view(
            TenantId tenant,
            RouteLookup lookup,
            @Nullable RouteExplanation explanation,
            boolean cached,
            @Nullable ExplainRequest request) {
        ObjectNode view = OpsAnswer.object().put("tenant", tenant.toString());
        view.put("known", lookup instanceof RouteLookup.Known);
        view.put("version", lookup.version());
        view.put("cached", cached);
        if (explanation != null) {
            view.put("source", source(explanation.source()));
            view.put("age_ms", explanation.age().toMillis());
            view.put("stale", explanation.stale());
        }
        switch (lookup) {
            case RouteLookup.Known known -> {
                view.set("route", route(known.route()));
                view.set("placed_by", placedBy(known.route()));
                view.set("decision", decision(known.route(), request));
                if (limits != null) {
                    view.set("limits", limits(limits, known.route()));
                }
            }
            case RouteLookup.Unknown unknown -> view.set("decision", refusal(FailureKind.TENANT_UNKNOWN));
        }
        return view;
    }

    /** What holds for the tenant and where it comes from; and what it uses, where it was seen lately. */
    private static ObjectNode limits(TenantLimiter limiter, TenantRoute route) {
        ObjectNode view = OpsAnswer.object();
        limiter.explain(route)
                .forEach((name, limit) ->
                        view.putObject(name).put("value", limit.value()).put("from", limit.from()));
        view.put("gateways", limiter.gateways())
                .put("rate", limiter.isLeasing() ? "leased from all gateways' bucket" : "this gateway's own part");
        TenantLimiter.UseView use = limiter.use(route.tenant());
        if (use != null) {
            ObjectNode now = view.putObject("now").put("requests_under_way", use.running());
            if (use.remaining() != Long.MAX_VALUE) {
                now.put("requests_remaining", use.remaining());
            }
        }
        return view;
    }

    private static ObjectNode route(TenantRoute route) {
        ObjectNode view = OpsAnswer.object()
                .put("tier", route.tier().name())
                .put("status", lower(route.status()))
                .put("residency", lower(route.residency()))
                .put("epoch", route.epoch())
                .put("security_mode", lower(route.securityMode()))
                .put("region", route.region())
                .put("schema", route.schemaName())
                .put("shard", route.shard());
        Placement placement = route.placement();
        if (placement == null) {
            view.putNull("placement");
        } else {
            view.putObject("placement")
                    .put("pod", placement.pod().toString())
                    .put("tier", placement.tier().name())
                    .put("address", placement.address().toString())
                    .put("epoch", placement.epoch());
        }
        return view;
    }

    /** Where the entry came from, in the words of the deployment. */
    private static String source(RouteExplanation.Source source) {
        return switch (source) {
            case POSTGRES -> "postgres";
            case REPLICA -> "replica";
            case SHARED -> "redis";
            case NOTIFICATION -> "notification";
            case LEARNED -> "learned";
        };
    }

    private ObjectNode decision(TenantRoute route, @Nullable ExplainRequest request) {
        return switch (route.status()) {
            case SUSPENDED -> refusal(FailureKind.TENANT_SUSPENDED);
            case DELETED -> refusal(FailureKind.TENANT_DELETED);
            case ACTIVE ->
                switch (placements.decide(route, null, null)) {
                    case PlacementDecision.Assigned _ -> byResidency(route, request);
                    case PlacementDecision.Direct(PodId pod, Tier _, PodAddress address, String why) ->
                        OpsAnswer.object()
                                .put("action", "forward")
                                .put("why", why)
                                .put("pod", pod.toString())
                                .put("address", address.toString());
                    case PlacementDecision.Elsewhere(PeerGateway peer, String why) ->
                        OpsAnswer.object()
                                .put("action", "pass_on")
                                .put("why", why)
                                .put("region", peer.region().toString())
                                .put("address", peer.address().toString());
                    case PlacementDecision.Refused(Failure failure) ->
                        refusal(failure.kind())
                                .put(
                                        "why",
                                        Objects.requireNonNullElse(failure.operatorDetail(), failure.clientDetail()));
                };
        };
    }

    /** By which strategy its tier's places are found, and what of it falls to this tenant. */
    private ObjectNode placedBy(TenantRoute route) {
        PlacementStrategy strategy = placements.strategy(route);
        ObjectNode view = OpsAnswer.object();
        switch (strategy) {
            case PlacementStrategy.AssignedPod _ -> view.put("strategy", "assigned");
            case PlacementStrategy.TierService(PodAddress address, Canary _, PodAddress _) ->
                view.put("strategy", "service").put("address", address.toString());
            case PlacementStrategy.ShardKey(String group, KeySource source, Canary _) ->
                view.put("strategy", "shard_key").put("group", group).put("key", lower(source));
        }
        Canary canary = strategy.canary();
        if (canary != null) {
            view.put("canary", canary.toString()).put("in_canary", canary.holds(route.tenant()));
        }
        return view;
    }

    private ObjectNode byResidency(TenantRoute route, @Nullable ExplainRequest request) {
        return switch (route.residency()) {
            case HOT -> route.isMisplaced() ? hold("its pod belongs to another tier") : forward(route);
            case MOVING -> hold("it is being handed to another pod");
            case WARM, COLD, ARCHIVED -> coldStart(route, request);
        };
    }

    private ObjectNode coldStart(TenantRoute route, @Nullable ExplainRequest request) {
        ObjectNode decision =
                OpsAnswer.object().put("action", "cold_start").put("why", "it is " + lower(route.residency()));
        if (request == null) {
            return decision.put("GET /", responder("GET", "/", route)).put("POST /", responder("POST", "/", route));
        }
        Choice byRule = coldRules.choose(request.method(), request.path(), route.tier(), request.contentType());
        Choice choice = RequestHead.isGrpc(request.method(), request.contentType()) ? byRule.forTalk(true) : byRule;
        decision.put("responder", lower(choice.responder()));
        if (choice.responder() == Responder.GENERATE || choice.responder() == Responder.CONTEXT) {
            decision.put("otherwise", lower(choice.otherwise()));
        }
        if (choice.responder() == Responder.GENERATE && route.securityMode() == SecurityMode.MOBILE_ONLY) {
            decision.put("note", "the tenant is mobile_only, so that it is answered otherwise");
        }
        return decision.put("rule", choice.number() == 0 ? choice.rule() : choice.number() + ": " + choice.rule());
    }

    private String responder(String method, String path, TenantRoute route) {
        return lower(coldRules.responder(method, path, route.tier()));
    }

    private ObjectNode forward(TenantRoute route) {
        Placement placement = route.placement();
        ObjectNode decision = OpsAnswer.object().put("action", "forward");
        if (placement == null) {
            return decision;
        }
        decision.put("why", "it is hot in pod " + placement.pod() + " of its tier, under epoch " + placement.epoch())
                .put("pod", placement.pod().toString())
                .put("address", placement.address().toString());
        pods.get().stream()
                .filter(pod -> pod.tier() == placement.tier() && pod.address().equals(placement.address()))
                .findFirst()
                .ifPresent(pod -> decision.set("pod_state", PodView.of(pod)));
        return decision;
    }

    private static ObjectNode hold(String why) {
        return OpsAnswer.object().put("action", "hold").put("why", why);
    }

    private static ObjectNode refusal(FailureKind kind) {
        return OpsAnswer.object().put("action", "refuse").put("failure", lower(kind));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
