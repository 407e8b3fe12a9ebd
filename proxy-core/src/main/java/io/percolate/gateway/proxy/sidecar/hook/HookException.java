package io.percolate.gateway.proxy.sidecar.hook;

/** A hook that did not do what it was asked to. */
public class HookException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    HookException(String message) {
        super(message);
    }

    /** The application says that the tenant is in use, so that it keeps it. */
    public static final class Busy extends HookException {
        private static final long serialVersionUID = 1L;

        Busy(String message) {
            super(message);
        }
    }
}
