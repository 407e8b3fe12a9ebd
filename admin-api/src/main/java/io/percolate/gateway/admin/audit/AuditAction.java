package io.percolate.gateway.admin.audit;

import java.util.Locale;

/** What was done; in the database as {@code subject.verb}. */
public enum AuditAction {
    TENANT_CREATED,
    TENANT_UPDATED,
    TENANT_DELETED,
    TENANT_WAKE_REQUESTED,
    TENANT_EVICT_REQUESTED,
    TENANT_EVICTED,
    TENANT_MIGRATED,
    TENANT_WAKE_SCHEDULED,
    TENANT_WAKE_UNSCHEDULED,
    CACHES_FLUSHED,
    REVOCATION_CREATED,
    REVOCATION_LIFTED,
    SHARD_CREATED,
    SHARD_UPDATED,
    MIGRATION_CREATED,
    MIGRATION_PAUSED,
    MIGRATION_RESUMED,
    MIGRATION_CANCELED,
    POD_DRAIN_REQUESTED,
    POD_DRAINED,
    POD_UNDRAIN_REQUESTED,
    POD_GIVEN_UP,
    POD_LOST;

    public String label() {
        return name().toLowerCase(Locale.ROOT).replaceFirst("_", ".");
    }

    /** What kind of thing it was done to. */
    String resource() {
        return name().substring(0, name().indexOf('_')).toLowerCase(Locale.ROOT);
    }
}
