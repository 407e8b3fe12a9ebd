package io.percolate.gateway.admin.migration.job;

/** Another process may have taken the job over: this one lets go of it without another word. */
final class LeaseLost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LeaseLost(String message) {
        super(message, null, false, false);
    }
}
