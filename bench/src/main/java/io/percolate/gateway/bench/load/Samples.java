package io.percolate.gateway.bench.load;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The rounds of one peer in one case. */
record Samples(String peer, LoadCase load, List<Sample> rounds) {
    Samples {
        rounds = List.copyOf(rounds);
    }

    /** The calm rounds, or all of them where none was calm. */
    List<Sample> counted() {
        List<Sample> calm =
                rounds.stream().filter(sample -> !sample.isDisturbed()).toList();
        return calm.isEmpty() ? rounds : calm;
    }

    double median(ToDoubleFunction<Sample> figure) {
        double[] sorted = counted().stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    long errors() {
        return rounds.stream().mapToLong(Sample::errors).sum();
    }
}
