package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteExplanation;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A directory with the entries that a test gives it, cached once asked for; all else is unknown. */
public final class ScriptedDirectory implements RouteDirectory {
    private final Map<TenantId, TenantRoute> stored = new ConcurrentHashMap<>();
    private final Map<TenantId, RouteLookup> cache = new ConcurrentHashMap<>();
    volatile boolean down;

    void forget() {
        cache.clear();
    }

    public void store(TenantRoute route) {
        stored.put(route.tenant(), route);
    }

    /** A tenant of tier A; placed in pod {@code a-0} unless cold. */
    public static TenantRoute route(TenantId tenant, TenantStatus status, Residency residency, Tier podTier) {
        boolean placed = residency == Residency.HOT || residency == Residency.WARM;
        return new TenantRoute(
                tenant,
                Tier.A,
                status,
                SecurityMode.NODE_BASED,
                residency,
                placed ? new Placement(new PodId("a-0"), podTier, new PodAddress("10.0.0.7", 8000), 4) : null,
                4,
                "default",
                null,
                "shard-1",
                17);
    }

    @Override
    public @Nullable RouteLookup cached(TenantId tenant) {
        return cache.get(tenant);
    }

    @Override
    public Mono<RouteLookup> lookup(TenantId tenant) {
        if (down) {
            return Mono.error(Failure.of(FailureKind.DIRECTORY_UNAVAILABLE, "the directory does not answer")
                    .toException());
        }
        TenantRoute route = stored.get(tenant);
        RouteLookup lookup = route == null ? new RouteLookup.Unknown(tenant, 0) : new RouteLookup.Known(route);
        cache.put(tenant, lookup);
        return Mono.just(lookup);
    }

    @Override
    public Mono<RouteLookup> refresh(TenantId tenant) {
        return lookup(tenant);
    }

    @Override
    public Flux<RouteLookup> watch(TenantId tenant) {
        return lookup(tenant).concatWith(Flux.never());
    }

    @Override
    public void learn(TenantRoute route) {
        store(route);
    }

    @Override
    public @Nullable RouteExplanation explain(TenantId tenant) {
        RouteLookup lookup = cache.get(tenant);
        return lookup == null
                ? null
                : new RouteExplanation(lookup, RouteExplanation.Source.POSTGRES, Duration.ofMillis(1_500), null);
    }
}
