package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.proxy.cold.ColdStartRules;
import io.percolate.gateway.proxy.cold.ColdStartRules.Choice;
import io.percolate.gateway.proxy.cold.ColdStartRules.Responder;
import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.proxy.resilience.PodStatus;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteExplanation;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Why a tenant's requests go where they go, as of now, for people. */
final class RouteView {
    private final RouteDirectory directory;
    private final ColdStartRules coldRules;
    private final @Nullable TenantLimiter limits;
    private final Supplier<List<PodStatus>> pods;

    /** @param limits of tenants; null where they have none */
    RouteView(
            RouteDirectory directory,
            ColdStartRules coldRules,
            @Nullable TenantLimiter limits,
            Supplier<List<PodStatus>> pods) {
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
                switch (route.residency()) {
                    case HOT -> route.isMisplaced() ? hold("its pod belongs to another tier") : forward(route);
                    case MOVING -> hold("it is being handed to another pod");
                    case WARM, COLD, ARCHIVED -> coldStart(route, request);
                };
        };
    }

    private ObjectNode coldStart(TenantRoute route, @Nullable ExplainRequest request) {
        ObjectNode decision =
                OpsAnswer.object().put("action", "cold_start").put("why", "it is " + lower(route.residency()));
        if (request == null) {
            return decision.put("GET /", responder("GET", "/", route)).put("POST /", responder("POST", "/", route));
        }
        Choice choice = coldRules.choose(request.method(), request.path(), route.tier(), request.contentType());
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
