package io.percolate.gateway.bench.handoff.load;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** What clients have seen. */
public final class Tally {
    /** Kept of each kind of problem; all are counted. */
    private static final int SHOWN_MAX = 20;

    /** What a run must have none of, but where it says otherwise. */
    public enum Problem {
        FAILED_IDEMPOTENT("failed idempotent requests"),
        FAILED_ONCE("failed requests that are sent once"),
        LOST_WRITE("lost or invented writes"),
        STALE_WRITE("stale-epoch writes accepted"),
        TWO_HOSTS("tenants with two hosts"),
        BROKEN_STREAM("streams and WebSockets that broke off without a reason");

        private final String text;

        Problem(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final Map<Problem, LongAdder> problems = new ConcurrentHashMap<>();
    private final Map<Problem, ConcurrentLinkedQueue<String>> shown = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Timing> timings = new ConcurrentLinkedQueue<>();
    private final HostHistory hosts = new HostHistory();

    /** One answered request of a register. */
    public record Timing(int tenant, String gateway, long beganNanos, long endedNanos) {
        public double millis() {
            return (endedNanos - beganNanos) / 1e6;
        }
    }

    public void count(String what) {
        counts.computeIfAbsent(what, key -> new LongAdder()).increment();
    }

    /** Where writes were acknowledged. */
    public HostHistory hosts() {
        return hosts;
    }

    public void timed(Timing timing) {
        timings.add(timing);
    }

    public void problem(Problem kind, String text) {
        problems.computeIfAbsent(kind, key -> new LongAdder()).increment();
        ConcurrentLinkedQueue<String> texts = shown.computeIfAbsent(kind, key -> new ConcurrentLinkedQueue<>());
        if (texts.size() < SHOWN_MAX) {
            texts.add(text);
        }
    }

    public long problems(Problem kind) {
        LongAdder count = problems.get(kind);
        return count == null ? 0 : count.sum();
    }

    public List<String> shown(Problem kind) {
        ConcurrentLinkedQueue<String> texts = shown.get(kind);
        return texts == null ? List.of() : List.copyOf(texts);
    }

    public long count(String what, long otherwise) {
        LongAdder count = counts.get(what);
        return count == null ? otherwise : count.sum();
    }

    public Map<String, Long> counts() {
        Map<String, Long> all = new TreeMap<>();
        counts.forEach((what, count) -> all.put(what, count.sum()));
        return all;
    }

    /** The counts as a table. */
    public String countsMarkdown() {
        StringBuilder text = new StringBuilder("\n| what clients did and saw | |\n| --- | --- |\n");
        counts().forEach((what, count) -> text.append(String.format(Locale.ROOT, "| %s | %,d |%n", what, count)));
        return text.toString();
    }

    public List<Timing> timings() {
        return List.copyOf(timings);
    }
}
