package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.pod.PodRow;
import io.percolate.gateway.warmup.pod.TierPods;
import org.jspecify.annotations.Nullable;

/** Where a tenant's newest data lies while it is served nowhere. */
public sealed interface DataSource {
    /**
     * On a pod's disk.
     *
     * @param epoch the epoch under which that pod holds it
     */
    record OnPod(PodRow pod, long epoch) implements DataSource {}

    /**
     * In a pod's memory, or on the way there, under another epoch than the row's. From there nothing can be copied: that pod
     * is given the tenant under the next epoch, or evicts it first. It takes no further room there.
     *
     * @param epoch the epoch under which that pod holds it
     */
    record InMemory(PodRow pod, long epoch) implements DataSource {}

    /** At a URL: the snapshot that the last pod left in S3. */
    record At(String url) implements DataSource {}

    /** Nowhere: the tenant never had any. */
    record Nowhere() implements DataSource {}

    static DataSource at(@Nullable String url) {
        return url == null ? new Nowhere() : new At(url);
    }

    /** What the load of {@code target} restores from; null when the pod has the data, or nobody has any. */
    default @Nullable String restoreFrom(PodId target, TenantId tenant) {
        return switch (this) {
            case OnPod(PodRow pod, long _) -> exportUnlessHere(pod, target, tenant);
            case InMemory(PodRow pod, long _) -> exportUnlessHere(pod, target, tenant);
            case At(String url) -> url;
            case Nowhere _ -> null;
        };
    }

    /** The pod that holds the data; null when none does. */
    default @Nullable PodId holder() {
        return switch (this) {
            case OnPod(PodRow pod, long _) -> pod.id();
            case InMemory(PodRow pod, long _) -> pod.id();
            case At _, Nowhere _ -> null;
        };
    }

    private static @Nullable String exportUnlessHere(PodRow pod, PodId target, TenantId tenant) {
        return pod.id().equals(target) ? null : TierPods.exportUrl(pod.address(), tenant);
    }
}
