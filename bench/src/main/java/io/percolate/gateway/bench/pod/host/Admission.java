package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.TenantData;

/** Whether a request of a tenant may be served here. */
public sealed interface Admission {
    /** It may; the tenant cannot be evicted until the visit has been left. */
    final class Visit implements Admission {
        private final Seat seat;
        private final TenantData data;
        private boolean left;

        Visit(Seat seat, TenantData data) {
            this.seat = seat;
            this.data = data;
        }

        public TenantData data() {
            return data;
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
