package io.percolate.gateway.context.store;

import io.percolate.gateway.routing.tenant.TenantId;

/** What is kept of a tenant in the bucket. */
public sealed interface ObjectName {
    TenantId tenant();

    String key();

    /** What it is answered from while it is cold. */
    record ContextOf(TenantId tenant) implements ObjectName {
        @Override
        public String key() {
            return "tenants/" + tenant + "/context.bin";
        }
    }

    /** All its data, as written by the pod that had it under this epoch. */
    record SnapshotOf(TenantId tenant, long epoch) implements ObjectName {
        public SnapshotOf {
            if (epoch < 1) {
                throw new IllegalArgumentException("a snapshot is written under an epoch from 1, not " + epoch);
            }
        }

        @Override
        public String key() {
            return "tenants/" + tenant + "/data/" + epoch + ".tar.zst.enc";
        }
    }
}
