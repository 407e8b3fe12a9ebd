package io.percolate.gateway.bench.pod;

/** A call that this pod refuses, with the status to answer. */
final class PodRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String detail;

    PodRefusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
        this.detail = message;
    }

    int status() {
        return status;
    }

    /** Safe to tell whoever called. */
    String detail() {
        return detail;
    }

    static PodRefusal badRequest(String message) {
        return new PodRefusal(400, message);
    }
}
