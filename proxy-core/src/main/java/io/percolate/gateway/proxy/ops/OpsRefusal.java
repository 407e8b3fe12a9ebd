package io.percolate.gateway.proxy.ops;

/** Ends a request to the ops listener with this status; without a stack trace, since nothing is broken. */
final class OpsRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    OpsRefusal(int status, String detail) {
        super(detail, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
