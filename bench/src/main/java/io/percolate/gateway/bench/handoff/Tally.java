package io.percolate.gateway.bench.handoff;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** What clients have seen. */
final class Tally {
    /** Kept of each kind of problem; all are counted. */
    private static final int SHOWN_MAX = 20;

    /** What a run must have none of. */
    enum Problem {
        FAILED_IDEMPOTENT("failed idempotent requests"),
        LOST_WRITE("lost or invented writes"),
        STALE_WRITE("stale-epoch writes accepted"),
        TWO_HOSTS("tenants with two hosts"),
        BROKEN_STREAM("streams and WebSockets that broke off without a reason");

        private final String text;

        Problem(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final Map<Problem, LongAdder> problems = new ConcurrentHashMap<>();
    private final Map<Problem, ConcurrentLinkedQueue<String>> shown = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Timing> timings = new ConcurrentLinkedQueue<>();

    /** One answered request of a register. */
    record Timing(int tenant, long beganNanos, long endedNanos) {
        double millis() {
            return (endedNanos - beganNanos) / 1e6;
        }
    }

    void count(String what) {
        counts.computeIfAbsent(what, key -> new LongAdder()).increment();
    }

    void timed(Timing timing) {
        timings.add(timing);
    }

    void problem(Problem kind, String text) {
        problems.computeIfAbsent(kind, key -> new LongAdder()).increment();
        ConcurrentLinkedQueue<String> texts = shown.computeIfAbsent(kind, key -> new ConcurrentLinkedQueue<>());
        if (texts.size() < SHOWN_MAX) {
            texts.add(text);
        }
    }

    long problems(Problem kind) {
        LongAdder count = problems.get(kind);
        return count == null ? 0 : count.sum();
    }

    List<String> shown(Problem kind) {
        ConcurrentLinkedQueue<String> texts = shown.get(kind);
        return texts == null ? List.of() : List.copyOf(texts);
    }

    long count(String what, long otherwise) {
        LongAdder count = counts.get(what);
        return count == null ? otherwise : count.sum();
    }

    Map<String, Long> counts() {
        Map<String, Long> all = new TreeMap<>();
        counts.forEach((what, count) -> all.put(what, count.sum()));
        return all;
    }

    List<Timing> timings() {
        return List.copyOf(timings);
    }
}
