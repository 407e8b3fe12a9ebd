package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.TenantData;

/** Whether a request of a tenant may be served here. */
public sealed interface Admission {
    /** It may; the tenant cannot be evicted until the visit has been left. */
    final class Visit implements Admission {
        private final Seat seat;
        private final TenantData data;
        private final long hotNanos;
        private boolean left;

        Visit(Seat seat, TenantData data, long hotNanos) {
            this.seat = seat;
            this.data = data;
            this.hotNanos = hotNanos;
        }

        public TenantData data() {
            return data;
        }

        /** For how long the tenant had been in memory when the visit began. */
        public long hotNanos() {
            return hotNanos;
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
