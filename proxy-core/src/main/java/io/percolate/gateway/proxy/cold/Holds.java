package io.percolate.gateway.proxy.cold;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.warmup.wake.Wake;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;

/**
 * All requests that wait for a tenant to become hot, by tenant; bounded for each tenant, each tier and the process, in number
 * and in memory. A full queue of one tenant costs no other a place.
 */
final class Holds {
    private static final long PODS_MAX = 10_000;
    private static final Duration GATE_UNUSED_MAX = Duration.ofMinutes(10);

    private final ColdConfig config;
    private final Wake wake;
    private final ConcurrentHashMap<TenantId, TenantHold> byTenant = new ConcurrentHashMap<>();
    private final HeldCounts counts;
    /** Forgotten when unused: a pod's gate holds nothing but its requests under way. */
    private final Cache<PodId, PodGate> gates = Caffeine.newBuilder()
            .maximumSize(PODS_MAX)
            .expireAfterAccess(GATE_UNUSED_MAX)
            .build();

    Holds(ColdConfig config, Wake wake) {
        this.config = config;
        this.wake = wake;
        this.counts = new HeldCounts(config.heldMax(), config.bounds());
    }

    HeldCounts counts() {
        return counts;
    }

    /**
     * Joins those who wait for this tenant, starting its wake if they are the first. Completes when the tenant is hot
     * and this request's turn has come; on any thread. Cancelling leaves the queue at once.
     *
     * <p>Errors with {@code HOLD_FULL}, or with what made the wake fail.
     *
     * @param reservedBytes memory that the request takes while it waits, at most
     */
    Mono<Released> hold(TenantRoute route, long reservedBytes) {
        return Mono.create(sink -> {
            HoldBound passed = counts.enter(route.tier(), reservedBytes);
            if (passed != null) {
                sink.error(full(route, passed));
                return;
            }
            int waitersMax =
                    route.residency() == Residency.MOVING ? config.moves().perTenantMax() : config.heldPerTenantMax();
            Waiter waiter = new Waiter(sink, counts, route.tier(), reservedBytes);
            TenantHold.Joined joined;
            TenantHold hold;
            do {
                hold = byTenant.computeIfAbsent(
                        route.tenant(),
                        tenant -> new TenantHold(config.releaseConcurrency(), this::gate, this::remove, tenant));
                joined = hold.join(waiter, waitersMax);
            } while (joined == TenantHold.Joined.OVER);
            switch (joined) {
                case FULL -> {
                    waiter.left();
                    counts.refuse(HoldBound.TENANT);
                    sink.error(full(route, HoldBound.TENANT));
                }
                case FIRST, QUEUED -> {
                    waiter.joined(hold);
                    sink.onCancel(waiter);
                    if (joined == TenantHold.Joined.FIRST) {
                        hold.start(wake.wake(route));
                    }
                }
                case OVER -> throw new IllegalStateException("a hold that is over was joined");
            }
        });
    }

    private void remove(TenantId tenant, TenantHold hold) {
        byTenant.remove(tenant, hold);
    }

    private PodGate gate(TenantRoute hot) {
        Placement placement = hot.placement();
        return placement == null
                ? new PodGate(config.bounds().podConcurrency())
                : gates.get(placement.pod(), pod -> new PodGate(config.bounds().podConcurrency()));
    }

    private RuntimeException full(TenantRoute route, HoldBound bound) {
        String detail = switch (bound) {
            case TENANT -> "as many requests of this tenant wait as may";
            case TIER -> "as many requests of this tier wait as may";
            case REQUESTS -> "the gateway holds as many requests as it may";
            case BYTES -> "the requests that the gateway holds take as much memory as they may";
        };
        return Failure.of(FailureKind.HOLD_FULL, detail)
                .withRetryAfter(wake.expected(route.tier()))
                .toException();
    }
}
