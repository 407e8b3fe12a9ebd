package io.percolate.gateway.proxy.path;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The stage that decides whether a request of a tier may come in: load of the process, size of the body. */
public final class Admission {
    private static final Duration SHED_RETRY_AFTER = Duration.ofSeconds(1);

    private final Map<Tier, Long> bodyBytesMax;
    private final int requestsMax;

    /**
     * @param requestsMax requests under way at once; lower tiers are shed before it is reached, so that room is left
     *     for the higher ones
     */
    public Admission(Map<Tier, Long> bodyBytesMax, int requestsMax) {
        this.bodyBytesMax = Map.copyOf(bodyBytesMax);
        this.requestsMax = requestsMax;
    }

    /** Why it may not come in; null when it may, with the bound on its body set. */
    @Nullable
    Failure refusal(Exchange exchange, Tier tier) {
        if (exchange.requestsUnderWay() > requestsMax(requestsMax, tier)) {
            return Failure.of(FailureKind.OVERLOADED, "the gateway is overloaded")
                    .withRetryAfter(SHED_RETRY_AFTER);
        }
        long bytesMax = bodyBytesMax.getOrDefault(tier, 0L);
        if (exchange.contentLength() > bytesMax) {
            return Failure.of(
                    FailureKind.REQUEST_BODY_TOO_LARGE,
                    "a request body of tier " + tier + " has at most " + bytesMax + " bytes");
        }
        exchange.limitBody(bytesMax);
        return null;
    }

    /** Requests under way in the process beyond which those of this tier are shed. */
    public static int requestsMax(int requestsMax, Tier tier) {
        return switch (tier) {
            case A -> requestsMax;
            case B -> Math.max(1, (int) (requestsMax * 0.9));
            case C -> Math.max(1, (int) (requestsMax * 0.8));
        };
    }
}
