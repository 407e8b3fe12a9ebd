package io.percolate.gateway.bench.load;

/**
 * One measured round of one peer.
 *
 * @param requestsPerSecond answers with the expected status
 * @param cpuSecondsPer1000 user and system time of the peer for 1,000 requests
 * @param p50Micros bytes or milliseconds in the cases that have one figure only
 * @param stealShare share of the machine's time that its host took away
 */
record Sample(
        double requestsPerSecond,
        double cpuSecondsPer1000,
        double p50Micros,
        double p90Micros,
        double p99Micros,
        long residentBytes,
        long errors,
        double stealShare) {
    /** Above this share the round says more about the machine's neighbours than about the peer. */
    static final double STEAL_SHARE_MAX = 0.02;

    boolean isDisturbed() {
        return stealShare > STEAL_SHARE_MAX;
    }
}
