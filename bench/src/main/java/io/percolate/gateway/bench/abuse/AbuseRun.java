package io.percolate.gateway.bench.abuse;

import io.percolate.gateway.bench.abuse.Offenders.Count;
import io.percolate.gateway.bench.load.Figures;
import io.percolate.gateway.bench.load.HeldMemory;
import java.util.List;

/**
 * What the others saw during an abuse.
 *
 * @param others the steady load
 * @param quiet the same load just before, without any abuse
 * @param coreShare how much of a core the gateway used meanwhile
 * @param offenders at the end of it, before they left
 * @param during memory at that moment
 * @param after memory once they had left
 */
record AbuseRun(
        String label,
        Figures others,
        Figures quiet,
        double coreShare,
        List<Count> offenders,
        HeldMemory during,
        HeldMemory after) {
    static final double P99_RATIO_MAX = 2;

    double success() {
        return (others.requests() - others.errors()) / (double) Math.max(1, others.requests());
    }

    double p99Ratio() {
        return others.p99() / quiet.p99();
    }

    int opened() {
        return offenders.stream().mapToInt(Count::opened).sum();
    }

    int live() {
        return offenders.stream().mapToInt(Count::live).sum();
    }

    int closed() {
        return offenders.stream().mapToInt(Count::closed).sum();
    }

    int resets() {
        return offenders.stream().mapToInt(Count::resets).sum();
    }
}
