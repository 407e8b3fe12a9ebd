package io.percolate.gateway.warmup.wake;

/** Another process may wake the tenant now: this one stops at once and looks again. */
public final class ClaimLost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ClaimLost(String how) {
        super(how, null, false, false);
    }
}
