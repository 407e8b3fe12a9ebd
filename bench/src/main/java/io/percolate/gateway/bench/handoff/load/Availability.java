package io.percolate.gateway.bench.handoff.load;

import io.percolate.gateway.bench.handoff.load.Tally.Timing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How long tenants had no answer, by the times at which their clients' requests were answered. Each client asks again at
 * once, or after some hundred milliseconds, so a time without an answer is a time in which there was none to be had.
 */
public final class Availability {
    /** A tenant as seen by one gateway. */
    private record View(int tenant, String gateway) {}

    private final Map<View, List<Timing>> views = new HashMap<>();

    public Availability(List<Timing> timings) {
        for (Timing timing : timings) {
            views.computeIfAbsent(new View(timing.tenant(), timing.gateway()), _ -> new ArrayList<>())
                    .add(timing);
        }
        views.values().forEach(own -> own.sort(Comparator.comparingLong(Timing::endedNanos)));
    }

    /**
     * The longest time without an answer of each tenant, by each of these gateways, that ends in the given time or lasts to its
     * end, where it is cut off; seconds.
     */
    public List<Double> longestGaps(Predicate<String> gateway, long fromNanos, long toNanos) {
        List<Double> gaps = new ArrayList<>();
        views.forEach((view, answers) -> {
            if (gateway.test(view.gateway())) {
                gaps.add(longestGap(answers, fromNanos, toNanos) / 1e9);
            }
        });
        return gaps;
    }

    private static long longestGap(List<Timing> answers, long fromNanos, long toNanos) {
        long longest = 0;
        long last = fromNanos;
        for (Timing answer : answers) {
            long at = answer.endedNanos();
            if (at >= fromNanos && last <= toNanos) {
                longest = Math.max(longest, Math.min(at, toNanos) - last);
            }
            last = at;
        }
        return last < toNanos ? Math.max(longest, toNanos - Math.max(last, fromNanos)) : longest;
    }

    /** How long after this moment each tenant had its first answer to a request that began after it; seconds. */
    public List<Double> firstAnswers(Predicate<String> gateway, long atNanos) {
        List<Double> firsts = new ArrayList<>();
        views.forEach((view, answers) -> {
            if (gateway.test(view.gateway())) {
                answers.stream()
                        .filter(answer -> answer.beganNanos() >= atNanos)
                        .mapToLong(Timing::endedNanos)
                        .min()
                        .ifPresentOrElse(
                                ended -> firsts.add((ended - atNanos) / 1e9),
                                () -> firsts.add(Double.POSITIVE_INFINITY));
            }
        });
        return firsts;
    }
}
