package io.percolate.gateway.bench.handoff;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.percolate.gateway.bench.handoff.fleet.Member;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Where the time of moves went, by {@code move_step_duration_seconds} of the processes that moved. */
final class MoveSteps {
    private static final String METER = "move.step.duration";
    private static final String MARK = "STEP";
    private static final int WORDS = 4;
    /** In the order in which they come; requests are held from after the announcement to the end. */
    private static final List<String> PHASES =
            List.of("prepare", "announce", "evict", "place", "scale", "load", "probe", "publish");

    private final Map<String, Sum> sums = new HashMap<>();

    private record Sum(long count, long nanos) {
        Sum plus(Sum other) {
            return new Sum(count + other.count, nanos + other.nanos);
        }
    }

    /** What a process says of its steps so far, a line for each phase. */
    static List<String> lines(MeterRegistry registry) {
        Map<String, Sum> byPhase = new HashMap<>();
        for (Timer timer : registry.find(METER).timers()) {
            byPhase.merge(
                    String.valueOf(timer.getId().getTag("phase")),
                    new Sum(timer.count(), (long) timer.totalTime(TimeUnit.NANOSECONDS)),
                    Sum::plus);
        }
        return byPhase.entrySet().stream()
                .map(phase -> String.join(
                        " ",
                        MARK,
                        phase.getKey(),
                        Long.toString(phase.getValue().count()),
                        Long.toString(phase.getValue().nanos())))
                .toList();
    }

    /** What these have said; a process that was killed and started anew has begun to count anew. */
    static MoveSteps of(List<Member> movers) {
        MoveSteps steps = new MoveSteps();
        for (Member mover : movers) {
            Map<String, Sum> last = new HashMap<>();
            try (Stream<String> lines = Files.lines(mover.log())) {
                lines.forEach(line -> steps.read(line, last));
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
            last.forEach((phase, sum) -> steps.sums.merge(phase, sum, Sum::plus));
        }
        return steps;
    }

    private void read(String line, Map<String, Sum> last) {
        String[] words = line.split(" ", -1);
        if (words.length != WORDS || !words[0].equals(MARK)) {
            return;
        }
        Sum now = new Sum(Long.parseLong(words[2]), Long.parseLong(words[3]));
        Sum before = last.put(words[1], now);
        if (before != null && before.count > now.count) {
            sums.merge(words[1], before, Sum::plus);
        }
    }

    String markdown() {
        StringBuilder text = new StringBuilder("\n| step of a move | count | mean ms |\n| --- | --- | --- |\n");
        for (String phase : PHASES) {
            Sum sum = sums.get(phase);
            if (sum != null && sum.count > 0) {
                text.append(String.format(
                        Locale.ROOT, "| %s | %,d | %.1f |%n", phase, sum.count, sum.nanos / 1e6 / sum.count));
            }
        }
        return text.toString();
    }
}
