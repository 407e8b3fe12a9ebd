package io.percolate.gateway.admin.audit;

import java.util.Locale;

/** What was done; in the database as {@code subject.verb}. */
public enum AuditAction {
    TENANT_CREATED,
    TENANT_UPDATED,
    TENANT_DELETED,
    TENANT_WAKE_REQUESTED,
    CACHES_FLUSHED;

    public String label() {
        return name().toLowerCase(Locale.ROOT).replaceFirst("_", ".");
    }
}
