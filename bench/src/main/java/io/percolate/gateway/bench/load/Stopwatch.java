package io.percolate.gateway.bench.load;

import java.util.List;
import java.util.function.Supplier;

/**
 * Times a round: what the measured processes used, and what went on beside them.
 *
 * @param measured whose time is the figure
 * @param others that belong to the comparison: origin and long-lived generators
 */
record Stopwatch(List<PinnedProcess> measured, List<Long> others) {

    Sample round(boolean isJava, Supplier<Figures> requests) {
        double compiler = isJava ? compiling() : 0;
        double used = using();
        double rest = rest();
        MachineClock before = MachineClock.now();
        Figures figures = requests.get();
        MachineClock after = MachineClock.now();
        double cpu = using() - used;
        double foreign = after.busySecondsSince(before) - cpu - (rest() - rest);
        double compiled = isJava ? compiling() - compiler : 0;
        return Sample.of(
                figures,
                cpu,
                measured.stream().mapToLong(PinnedProcess::residentBytes).sum(),
                new Conditions(
                        after.stealShareSince(before),
                        Math.max(0, foreign) / figures.seconds(),
                        Math.max(0, compiled) / figures.seconds()));
    }

    private double using() {
        return measured.stream().mapToDouble(PinnedProcess::cpuSeconds).sum();
    }

    private double compiling() {
        return measured.stream().mapToDouble(PinnedProcess::compilerSeconds).sum();
    }

    private double rest() {
        return ProcessClock.ownSeconds()
                + others.stream().mapToDouble(ProcessClock::seconds).sum();
    }
}
