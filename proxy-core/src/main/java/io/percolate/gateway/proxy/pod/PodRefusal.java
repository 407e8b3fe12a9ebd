package io.percolate.gateway.proxy.pod;

/** A call that a pod refuses, with the status to answer; the message is safe to tell. */
public final class PodRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    public PodRefusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    public int status() {
        return status;
    }

    public static PodRefusal badRequest(String message) {
        return new PodRefusal(400, message);
    }
}
