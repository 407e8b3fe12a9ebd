package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;

/**
 * Weighted rendezvous hashing: every tenant ranks all pods by a score of its own, and prefers the highest.
 *
 * <p>The score is {@code -weight / ln(u)}, where u in (0, 1) is a hash of tenant and pod. A pod then wins a share of the
 * tenants in proportion to its weight, and adding or removing one moves only the tenants that it wins or held. Source:
 * Schindelhauer and Schomaker, "Weighted distributed hash tables", SPAA 2005; the form with the logarithm is Mossbrucker
 * and Resch's.
 */
public final class Rendezvous {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final double UNIT_53_BITS = 0x1.0p-53;

    private Rendezvous() {}

    /** The score of a pod for a tenant; the same in every process. A weight of zero scores zero. */
    public static double score(TenantId tenant, PodId pod, double weight) {
        return -weight / Math.log(unit(hash(tenant, pod)));
    }

    private static long hash(TenantId tenant, PodId pod) {
        long podHash = FNV_OFFSET;
        for (int i = 0; i < pod.value().length(); i++) {
            podHash = (podHash ^ pod.value().charAt(i)) * FNV_PRIME;
        }
        long mixed = mix(tenant.value().getMostSignificantBits() ^ mix(podHash));
        return mix(mixed ^ tenant.value().getLeastSignificantBits());
    }

    /** Finalizer of SplitMix64 (Steele, Lea, Flood 2014): each input bit flips each output bit half of the time. */
    private static long mix(long value) {
        long mixed = value + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }

    /** Strictly between 0 and 1, so that the logarithm is finite and not zero. */
    private static double unit(long hash) {
        return ((hash >>> 11) + 0.5) * UNIT_53_BITS;
    }
}
