package io.percolate.gateway.bench.abuse;

import java.util.Comparator;
import java.util.List;

/** All rounds of one abuse; what is told of it is the round in the middle, by what the others noticed. */
record AbuseRounds(List<AbuseRun> byRatio) {
    static AbuseRounds of(List<AbuseRun> rounds) {
        return new AbuseRounds(rounds.stream()
                .sorted(Comparator.comparingDouble(AbuseRun::p99Ratio))
                .toList());
    }

    AbuseRun median() {
        return byRatio.get((byRatio.size() - 1) / 2);
    }

    String label() {
        return median().label();
    }

    /** Of the worst. */
    double success() {
        return byRatio.stream().mapToDouble(AbuseRun::success).min().orElse(0);
    }

    double leastRatio() {
        return byRatio.getFirst().p99Ratio();
    }

    double greatestRatio() {
        return byRatio.getLast().p99Ratio();
    }
}
