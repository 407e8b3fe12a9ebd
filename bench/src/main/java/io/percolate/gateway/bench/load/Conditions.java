package io.percolate.gateway.bench.load;

import java.util.Locale;

/**
 * What went on beside a round.
 *
 * @param stealShare share of the machine's time that its host took away
 * @param foreignShare share of one core that went to processes that are no part of the comparison
 * @param compilerShare share of the measured core in which the peer's Java VM compiled
 */
record Conditions(double stealShare, double foreignShare, double compilerShare) {
    /** Above these shares a round says more about something else than about the peer. */
    static final double STEAL_MAX = 0.02;

    static final double FOREIGN_MAX = 0.05;
    static final double COMPILER_MAX = 0.05;

    boolean areDisturbed() {
        return stealShare > STEAL_MAX || foreignShare > FOREIGN_MAX || compilerShare > COMPILER_MAX;
    }

    /** What disturbed it, for the progress output; empty when nothing did. */
    String disturbance() {
        StringBuilder text = new StringBuilder();
        append(text, "steal", stealShare, STEAL_MAX);
        append(text, "other processes", foreignShare, FOREIGN_MAX);
        append(text, "compiling", compilerShare, COMPILER_MAX);
        return text.toString();
    }

    private static void append(StringBuilder text, String what, double share, double max) {
        if (share > max) {
            text.append(text.isEmpty() ? "" : ", ").append(String.format(Locale.ROOT, "%s %.0f %%", what, share * 100));
        }
    }
}
