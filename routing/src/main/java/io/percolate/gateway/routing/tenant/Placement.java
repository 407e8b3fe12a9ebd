package io.percolate.gateway.routing.tenant;

/**
 * The pod that a tenant is assigned to, under one epoch.
 *
 * <p>The epoch is the fencing token: it grows by one at each assignment, travels with every forwarded request as {@code
 * X-Placement-Epoch}, and a pod refuses an older one with 421.
 *
 * @param tier the tier of the pod, which differs from the tenant's while a change of tier has not been carried out
 */
public record Placement(PodId pod, Tier tier, PodAddress address, long epoch) {
    public Placement {
        if (epoch < 1) {
            throw new IllegalArgumentException("the epoch of a placement starts at 1: " + epoch);
        }
    }
}
