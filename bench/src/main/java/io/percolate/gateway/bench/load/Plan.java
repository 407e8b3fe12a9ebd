package io.percolate.gateway.bench.load;

/**
 * How long a comparison takes its time.
 *
 * @param rounds of each peer in each case
 * @param seconds of a round
 * @param warmupSeconds of load on both cores before a Java VM's first round of a case; more until it compiles no more
 */
record Plan(int rounds, int seconds, int warmupSeconds) {
    /** Disturbed rounds are repeated, up to as many again. */
    int roundsMax() {
        return 2 * rounds;
    }

    /** Rounds of what takes a process of its own each. */
    int singleRounds() {
        return (rounds + 1) / 2;
    }
}
