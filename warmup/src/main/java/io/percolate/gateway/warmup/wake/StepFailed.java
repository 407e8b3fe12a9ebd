package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.Residency;

/** A step of a wake failed, and the claim is still held. */
class StepFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;
    private final Residency settle;

    /** @param settle what the tenant becomes if it is moving; {@code MOVING} where only its pods know */
    StepFailed(Failure failure, Residency settle) {
        super(failure.kind() + ": " + failure.clientDetail(), null, false, false);
        this.failure = failure;
        this.settle = settle;
    }

    Failure failure() {
        return failure;
    }

    Residency settle() {
        return settle;
    }
}
