package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.topology.KeyHash;

/**
 * Weighted rendezvous hashing: every tenant ranks all pods by a score of its own, and prefers the highest.
 *
 * <p>The score is {@code -weight / ln(u)}, where u in (0, 1) is a hash of tenant and pod. A pod then wins a share of the
 * tenants in proportion to its weight, and adding or removing one moves only the tenants that it wins or held. Source:
 * Schindelhauer and Schomaker, "Weighted distributed hash tables", SPAA 2005; the form with the logarithm is Mossbrucker
 * and Resch's.
 */
public final class Rendezvous {
    private Rendezvous() {}

    /** The score of a pod for a tenant; the same in every process. A weight of zero scores zero. */
    public static double score(TenantId tenant, PodId pod, double weight) {
        return KeyHash.score(hash(tenant, pod), weight);
    }

    private static long hash(TenantId tenant, PodId pod) {
        long mixed = KeyHash.mix(tenant.highBits() ^ KeyHash.mix(KeyHash.text(pod.value())));
        return KeyHash.mix(mixed ^ tenant.lowBits());
    }
}
