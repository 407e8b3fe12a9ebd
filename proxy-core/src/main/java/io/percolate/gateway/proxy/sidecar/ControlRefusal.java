package io.percolate.gateway.proxy.sidecar;

/** A control call that is refused, with the status to answer; the message is safe to tell. */
final class ControlRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    ControlRefusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    static ControlRefusal badRequest(String message) {
        return new ControlRefusal(400, message);
    }
}
