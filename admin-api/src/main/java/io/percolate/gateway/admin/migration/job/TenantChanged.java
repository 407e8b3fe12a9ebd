package io.percolate.gateway.admin.migration.job;

/** The tenant is not what it was when its job was made; the message says how, for operators. */
final class TenantChanged extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TenantChanged(String message) {
        super(message, null, false, false);
    }
}
