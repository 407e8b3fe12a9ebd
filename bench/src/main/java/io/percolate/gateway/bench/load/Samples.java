package io.percolate.gateway.bench.load;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.ToDoubleFunction;

/** The rounds of one peer in one case, by their number. */
record Samples(String peer, LoadCase load, SortedMap<Integer, Sample> rounds) {
    Samples {
        if (rounds.isEmpty()) {
            throw new IllegalArgumentException("no round of " + peer);
        }
        rounds = new TreeMap<>(rounds);
    }

    /** The calm rounds, or all of them where none was calm. */
    List<Sample> counted() {
        Collection<Sample> all = rounds.values();
        return hasCalm() ? all.stream().filter(sample -> !sample.isDisturbed()).toList() : List.copyOf(all);
    }

    boolean hasCalm() {
        return rounds.values().stream().anyMatch(sample -> !sample.isDisturbed());
    }

    double median(ToDoubleFunction<Sample> figure) {
        return median(counted().stream().mapToDouble(figure).toArray());
    }

    /**
     * The median, over the rounds that were calm for both, of a comparison with another peer: what slows the machine for
     * a round slows both. Of the medians where no round was calm for both.
     */
    double compared(Samples other, ToDoubleFunction<Sample> figure, DoubleBinaryOperator comparison) {
        double[] pairs = rounds.entrySet().stream()
                .filter(round -> isCalm(round.getKey()) && other.isCalm(round.getKey()))
                .mapToDouble(round -> comparison.applyAsDouble(
                        figure.applyAsDouble(round.getValue()), figure.applyAsDouble(other.rounds.get(round.getKey()))))
                .toArray();
        return pairs.length > 0 ? median(pairs) : comparison.applyAsDouble(median(figure), other.median(figure));
    }

    double ratio(Samples other, ToDoubleFunction<Sample> figure) {
        return compared(other, figure, (mine, theirs) -> mine / theirs);
    }

    /** Whether the round took place and nothing disturbed it. */
    boolean isCalm(int round) {
        Sample sample = rounds.get(round);
        return sample != null && !sample.isDisturbed();
    }

    static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        OptionalDouble middle = Arrays.stream(sorted, (sorted.length - 1) / 2, sorted.length / 2 + 1)
                .average();
        return middle.orElse(Double.NaN);
    }

    long errors() {
        return rounds.values().stream().mapToLong(Sample::errors).sum();
    }
}
