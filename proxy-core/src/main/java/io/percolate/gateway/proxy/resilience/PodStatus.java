package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What this process makes of one pod, for people.
 *
 * @param pod who had the address last
 * @param reason of the ejection that lasts, or was the last one; null when there was none
 * @param ejectedFor what is left of the ejection; zero when it is over
 * @param ignored whether it is ejected and given requests all the same, since too many pods are
 * @param ejections in a row
 * @param limit requests that may wait for its answer; null when that is not measured
 * @param waiting requests that wait for its answer
 * @param open requests that are not answered to their end
 */
public record PodStatus(
        Tier tier,
        @Nullable PodId pod,
        PodAddress address,
        State state,
        @Nullable EjectionReason reason,
        Duration ejectedFor,
        boolean ignored,
        int ejections,
        Health health,
        @Nullable Integer limit,
        int waiting,
        int open,
        int connections,
        int pending,
        Duration latency,
        Duration latencyAtRest) {

    /** What it is given. */
    public enum State {
        SERVING,
        EJECTED,
        /** Was ejected, and is given more again by and by. */
        RETURNING
    }

    /** What health checks say. */
    public enum Health {
        UNKNOWN,
        HEALTHY,
        UNHEALTHY
    }
}
