package io.percolate.gateway.proxy.sidecar.host;

/** Whether a request of a tenant may go to the application. */
public sealed interface Admission {
    /** It may; the tenant is not evicted until the visit has been left. */
    final class Visit implements Admission {
        private final Seat seat;
        private boolean left;

        Visit(Seat seat) {
            this.seat = seat;
        }

        /** Ends the visit; further calls do nothing. */
        public synchronized void leave() {
            if (!left) {
                left = true;
                seat.leave();
            }
        }
    }

    /** It may not: the tenant is not hot here, or under another epoch. */
    record Misdirected(String state, long epoch) implements Admission {}
}
