package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.Residency;

/** A hand-off failed because the tenant's requests did not end. */
final class TenantBusy extends StepFailed {
    private static final long serialVersionUID = 1L;

    TenantBusy(Failure failure, Residency settle) {
        super(failure, settle);
    }
}
