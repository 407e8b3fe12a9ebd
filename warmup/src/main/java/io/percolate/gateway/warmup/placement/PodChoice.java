package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ranks the pods that a tenant may go to. */
public final class PodChoice {
    private PodChoice() {}

    /**
     * The pods with room, best first: the preferred one, then by weighted rendezvous, the weight being the free share of
     * a pod. So tenants spread by room, and a tenant that comes back tends to find the pod it had.
     *
     * @param pods of the tenant's tier, alive and ready
     * @param preferred the pod that has the tenant's data already; null when none has
     * @param tried pods that have already turned this tenant away
     */
    public static List<Candidate> ranked(
            TenantId tenant, List<Candidate> pods, @Nullable PodId preferred, Set<PodId> tried) {
        return pods.stream()
                .filter(pod -> pod.free() > 0 && !tried.contains(pod.id()))
                .sorted(Comparator.comparing((Candidate pod) -> !pod.id().equals(preferred))
                        .thenComparing(Comparator.comparingDouble((Candidate pod) -> score(tenant, pod))
                                .reversed())
                        .thenComparing(pod -> pod.id().value()))
                .toList();
    }

    private static double score(TenantId tenant, Candidate pod) {
        return Rendezvous.score(tenant, pod.id(), pod.freeShare());
    }
}
