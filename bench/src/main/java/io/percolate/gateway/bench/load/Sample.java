package io.percolate.gateway.bench.load;

/**
 * One measured round of one peer.
 *
 * @param requestsPerSecond answers that were right
 * @param cpuSecondsPer1000 user and system time of the peer for 1,000 answers
 * @param p50Micros bytes or milliseconds in the cases that have one figure only
 * @param coreShare how much of its core the peer used
 * @param conditions under which it was measured
 */
record Sample(
        double requestsPerSecond,
        double cpuSecondsPer1000,
        double p50Micros,
        double p90Micros,
        double p99Micros,
        long residentBytes,
        long errors,
        double coreShare,
        Conditions conditions) {

    /** A round of requests in which the peer used so much processor time. */
    static Sample of(Figures figures, double cpuSeconds, long residentBytes, Conditions conditions) {
        return new Sample(
                figures.rightPerSecond(),
                cpuSeconds / Math.max(1, figures.requests()) * 1_000,
                figures.p50(),
                figures.p90(),
                figures.p99(),
                residentBytes,
                figures.errors(),
                cpuSeconds / figures.seconds(),
                conditions);
    }

    /** A case that has one figure. */
    static Sample single(double figure, long residentBytes, Conditions conditions) {
        return new Sample(0, 0, figure, figure, figure, residentBytes, 0, 0, conditions);
    }

    boolean isDisturbed() {
        return conditions.areDisturbed();
    }
}
