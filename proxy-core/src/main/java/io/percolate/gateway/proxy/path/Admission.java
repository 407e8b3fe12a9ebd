package io.percolate.gateway.proxy.path;

import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.proxy.overload.OverloadWatch;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The stage that decides whether a request may come in: state of the process, size of the body, limits of its tenant. */
public final class Admission {
    private static final Duration SHED_RETRY_AFTER = Duration.ofSeconds(1);

    private final Map<Tier, Long> bodyBytesMax;
    private final OverloadWatch overload;
    private final @Nullable TenantLimiter limits;

    /** @param limits null where tenants have none */
    public Admission(Map<Tier, Long> bodyBytesMax, OverloadWatch overload, @Nullable TenantLimiter limits) {
        this.bodyBytesMax = Map.copyOf(bodyBytesMax);
        this.overload = overload;
        this.limits = limits;
    }

    /**
     * Why it may not come in; null when it may, with the bound on its body set.
     *
     * <p>What costs its tenant nothing comes first: a request that is shed, or too large, uses up no part of its rate. One
     * that was let in before, and asks again because its tenant has moved, is not counted twice.
     */
    @Nullable
    Failure refusal(Exchange exchange, TenantRoute route) {
        Failure overload = overload(exchange, route);
        return overload != null || limits == null || exchange.allowance() != null
                ? overload
                : limits.refusal(route, exchange.timeline().resolvedNanos, exchange);
    }

    /**
     * Why this process cannot take it on, whatever its tenant may use; null when it can, with the bound on its body set.
     * For a request that another region's gateway will hold against its tenant's limits.
     */
    @Nullable
    Failure overload(Exchange exchange, TenantRoute route) {
        Tier tier = route.tier();
        if (overload.sheds(tier)) {
            return Failure.of(FailureKind.OVERLOADED, "the gateway is overloaded")
                    .withRetryAfter(SHED_RETRY_AFTER);
        }
        Long ofPlan = limits == null ? null : limits.bodyBytesMax(route);
        long bytesMax = ofPlan == null ? bodyBytesMax.getOrDefault(tier, 0L) : ofPlan;
        if (exchange.contentLength() > bytesMax) {
            return Failure.of(
                    FailureKind.REQUEST_BODY_TOO_LARGE,
                    ofPlan == null
                            ? "a request body of tier " + tier + " has at most " + bytesMax + " bytes"
                            : "a request body of this tenant has at most " + bytesMax + " bytes");
        }
        exchange.limitBody(bytesMax);
        return null;
    }

    /** Requests under way in the process beyond which those of this tier wait: room is left for the higher ones. */
    public static int requestsMax(int requestsMax, Tier tier) {
        return switch (tier) {
            case A -> requestsMax;
            case B -> Math.max(1, (int) (requestsMax * 0.9));
            case C -> Math.max(1, (int) (requestsMax * 0.8));
        };
    }
}
