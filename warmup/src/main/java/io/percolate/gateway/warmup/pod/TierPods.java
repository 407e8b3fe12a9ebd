package io.percolate.gateway.warmup.pod;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The control calls of tier pods.
 *
 * <p>Each is safe to repeat under the same epoch, has a deadline, and never errors: what goes wrong is an answer too.
 */
public interface TierPods {
    /**
     * Tells the pod to load the tenant under this epoch.
     *
     * @param restoreFrom where its data is fetched from, unless the pod's own are at least as new; null: the pod's own
     */
    Mono<PodAnswer.ToLoad> load(PodAddress pod, TenantId tenant, long epoch, @Nullable String restoreFrom);

    Mono<PodAnswer.ToProbe> probe(PodAddress pod, TenantId tenant);

    /**
     * Like {@link #probe}, but a tenant that is being loaded is told of as soon as it is no more, or this much time has passed. A
     * pod may answer at once all the same.
     */
    Mono<PodAnswer.ToProbe> probe(PodAddress pod, TenantId tenant, Duration waitMax);

    /** Under a newer epoch than the data's, {@link Keep#NOTHING} drops them without a snapshot: others count by then. */
    Mono<PodAnswer.ToEvict> evict(PodAddress pod, TenantId tenant, long epoch, Keep keep);

    /**
     * Has the pod store a snapshot of what it has of the tenant on disk, and keep it there. The epoch is the one that those
     * data are of.
     */
    Mono<PodAnswer.ToSnapshot> snapshot(PodAddress pod, TenantId tenant, long epoch);

    /**
     * Has a pod fetch, from another that still serves the tenant, the files that will not change any more, so that a load
     * that follows fetches only the rest. They count for nothing by themselves.
     *
     * @param epoch under which the other pod serves it
     * @param from the other pod's {@link #exportUrl}
     */
    Mono<PodAnswer.ToStage> stage(PodAddress pod, TenantId tenant, long epoch, String from, Duration timeout);

    /** Has a pod drop what it has staged of the tenant. */
    Mono<PodAnswer.ToStage> unstage(PodAddress pod, TenantId tenant, long epoch);

    /** Where another pod fetches the tenant's data from this one. */
    static String exportUrl(PodAddress pod, TenantId tenant) {
        return "http://" + pod + "/internal/tenants/" + tenant + "/data";
    }

    /** What stays in a pod after an eviction. */
    enum Keep {
        DISK("disk"),
        /** On disk, to be fetched by another pod at once, so that no context is written for the time in between. */
        DISK_FOR_MOVE("disk&context=skip"),
        NOTHING("nothing");

        private final String query;

        Keep(String query) {
            this.query = query;
        }

        String query() {
            return query;
        }
    }
}
