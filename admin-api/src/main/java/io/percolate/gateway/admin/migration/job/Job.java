package io.percolate.gateway.admin.migration.job;

import io.percolate.gateway.admin.migration.MigrationKind;
import io.percolate.gateway.admin.migration.MigrationStatus;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One tenant's part of a migration, claimed by a worker.
 *
 * @param migration null for a job that no migration ordered
 * @param order how the migration stood when the job was claimed
 * @param kind what is done to the tenant
 * @param source tier, pod, shard or region before; empty for none
 * @param target the same afterwards; {@link MigrationKind#ELSEWHERE} for any other pod
 * @param attempts claims so far, this one included
 * @param drained the pod that is to be left altogether; null unless a pod is drained
 * @param error why an earlier attempt failed
 */
record Job(
        UUID id,
        @Nullable UUID migration,
        MigrationStatus order,
        TenantId tenant,
        MigrationKind kind,
        String source,
        String target,
        JobStep step,
        int attempts,
        Duration holdMax,
        @Nullable PodId drained,
        @Nullable String error) {
    boolean isCanceled() {
        return order == MigrationStatus.CANCELED;
    }

    /**
     * Whether it changes a setting of its tenant first. A shard's job that no migration ordered follows a change of the shards
     * themselves: the tenant belongs there already, by its hash, and is not pinned.
     */
    boolean changesTenant() {
        return kind.changesTenant() && !(kind == MigrationKind.SHARD && migration == null);
    }

    Job failedWith(String why) {
        return new Job(id, migration, order, tenant, kind, source, target, step, attempts, holdMax, drained, why);
    }
}
