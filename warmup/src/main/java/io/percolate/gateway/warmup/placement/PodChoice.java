package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Ranks the pods that a tenant may go to. */
public final class PodChoice {
    private PodChoice() {}

    /**
     * The pods with room, best first: the preferred one, then by weighted rendezvous, the weight being the free share of
     * a pod; but of the two that this ranks first the one with more room goes before the other. So a tenant that comes back
     * tends to find one of two pods, many tenants at once do not all find the same, and no pod stands out: with one choice the
     * fullest pod exceeds the mean by a standard deviation or two, with two by a tenant or two, however many there are.
     * Source: Mitzenmacher, "The power of two choices in randomized load balancing", 2001.
     *
     * @param pods of the tenant's tier, alive and ready
     * @param preferred the pod that has the tenant's data already; null when none has
     * @param tried pods that have already turned this tenant away
     */
    public static List<Candidate> ranked(
            TenantId tenant, List<Candidate> pods, @Nullable PodId preferred, Set<PodId> tried) {
        List<Candidate> ranked = pods.stream()
                .filter(pod -> pod.free() > 0 && !tried.contains(pod.id()))
                .sorted(Comparator.comparing((Candidate pod) -> !pod.id().equals(preferred))
                        .thenComparing(Comparator.comparingDouble((Candidate pod) -> score(tenant, pod))
                                .reversed())
                        .thenComparing(pod -> pod.id().value()))
                .collect(Collectors.toCollection(ArrayList::new));
        int first = !ranked.isEmpty() && ranked.getFirst().id().equals(preferred) ? 1 : 0;
        if (ranked.size() > first + 1
                && ranked.get(first + 1).freeShare() > ranked.get(first).freeShare()) {
            Collections.swap(ranked, first, first + 1);
        }
        return List.copyOf(ranked);
    }

    private static double score(TenantId tenant, Candidate pod) {
        return Rendezvous.score(tenant, pod.id(), pod.freeShare());
    }
}
