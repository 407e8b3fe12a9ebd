package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Requests that failed at one pod one after the other, and whose they were: a pod is to blame only for what several of
 * its tenants see. Not safe for use by several threads.
 */
final class ErrorStreak {
    private final OutlierConfig config;
    private final Set<TenantId> tenants = new HashSet<>();
    private int errors;
    private int gatewayErrors;

    ErrorStreak(OutlierConfig config) {
        this.config = config;
    }

    /**
     * Adds one.
     *
     * @param gateway whether it was 502, 503, 504 or no answer at all, rather than another 5xx
     * @return what the pod is to be ejected for; null when it is not
     */
    @Nullable
    EjectionReason add(TenantId tenant, boolean gateway) {
        errors++;
        gatewayErrors = gateway ? gatewayErrors + 1 : 0;
        if (tenants.size() < config.tenantsMin()) {
            tenants.add(tenant);
        }
        if (tenants.size() < config.tenantsMin()) {
            return null;
        }
        if (isReached(gatewayErrors, config.consecutiveGateway())) {
            return EjectionReason.CONSECUTIVE_GATEWAY;
        }
        return isReached(errors, config.consecutive5xx()) ? EjectionReason.CONSECUTIVE_5XX : null;
    }

    void end() {
        errors = 0;
        gatewayErrors = 0;
        tenants.clear();
    }

    private static boolean isReached(int count, int threshold) {
        return threshold > 0 && count >= threshold;
    }
}
