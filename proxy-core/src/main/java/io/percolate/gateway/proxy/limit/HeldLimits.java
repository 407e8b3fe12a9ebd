package io.percolate.gateway.proxy.limit;

import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What holds for a tenant over the whole fleet: what its plan says, else its tier. 0 for as much as it likes; a plan's
 * month may have no requests at all, which is {@link #NO_REQUESTS}.
 *
 * @param intervalNanos in which one request may come; 0 without a rate
 */
record HeldLimits(
        Tier tier,
        PlanLimits plan,
        long requestsPerSecond,
        long burst,
        long intervalNanos,
        long concurrentRequests,
        long connectionsPerSecond,
        long bandwidthBytesPerSecond,
        long requestsPerMonth) {

    static final long NO_REQUESTS = -1;

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Faster ones would come in less than ten nanoseconds, which no gateway can. */
    private static final long RATE_MAX = 100_000_000;

    private static final long BURST_SECONDS = 2;

    static HeldLimits of(Tier tier, TierLimits ofTier, PlanLimits plan) {
        long rate = or(plan.requestsPerSecond(), ofTier.requestsPerSecond());
        boolean limited = rate > 0 && rate <= RATE_MAX;
        long burst = or(plan.burst(), plan.requestsPerSecond() == null ? ofTier.burst() : 0);
        Long month = plan.requestsPerMonth();
        return new HeldLimits(
                tier,
                plan,
                limited ? rate : 0,
                // The bucket's depth has to fit into 64 bits of nanoseconds.
                Math.clamp(burst == 0 ? BURST_SECONDS * rate : burst, 1, Integer.MAX_VALUE),
                limited ? SECOND_NANOS / rate : 0,
                or(plan.concurrentRequests(), ofTier.concurrentRequests()),
                ofTier.connectionsPerSecond(),
                or(plan.bandwidthBytesPerSecond(), ofTier.bandwidthBytesPerSecond()),
                month == null ? ofTier.requestsPerMonth() : month == 0 ? NO_REQUESTS : month);
    }

    private static long or(@Nullable Long ofPlan, long ofTier) {
        return ofPlan == null ? ofTier : ofPlan;
    }

    /** Plans are shared between routes that say the same, and a route keeps its own: another object is another plan. */
    @SuppressWarnings("ReferenceEquality")
    boolean isOf(Tier otherTier, PlanLimits otherPlan) {
        return plan == otherPlan && tier == otherTier;
    }

    /** How long one of several gateways has to save up for all that may come at once. */
    long depthNanos() {
        return burst * intervalNanos;
    }
}
