package io.percolate.gateway.context.store;

import io.percolate.gateway.routing.tenant.TenantId;

/** A write was refused, since the tenant's context has been written under a newer epoch. */
public final class SupersededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long storedEpoch;

    SupersededException(TenantId tenant, long epoch, long storedEpoch) {
        super("the context of tenant " + tenant + " was written under epoch " + storedEpoch
                + ", later than this writer's " + epoch);
        this.storedEpoch = storedEpoch;
    }

    public long storedEpoch() {
        return storedEpoch;
    }
}
