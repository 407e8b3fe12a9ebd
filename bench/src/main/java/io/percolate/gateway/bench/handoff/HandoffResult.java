package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.Tally.Problem;
import io.percolate.gateway.bench.handoff.Tally.Timing;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What a run has shown. */
final class HandoffResult {
    private static final double ADDED_P99_MILLIS_MAX = 100;

    private final Tally tally;
    private final List<MoveRecord> moves;
    private final Kills kills;
    private final double seconds;
    private final double[] quiet;
    private final double[] moving;
    private final double[] killed;

    HandoffResult(Tally tally, List<MoveRecord> moves, Kills kills, List<TenantId> tenants, double seconds) {
        this.tally = tally;
        this.moves = moves;
        this.kills = kills;
        this.seconds = seconds;
        Map<TenantId, List<MoveRecord>> byTenant = new HashMap<>();
        moves.forEach(move -> byTenant.computeIfAbsent(move.tenant(), tenant -> new ArrayList<>())
                .add(move));
        List<Double> ofQuiet = new ArrayList<>();
        List<Double> ofMoving = new ArrayList<>();
        List<Double> ofKilled = new ArrayList<>();
        for (Timing timing : tally.timings()) {
            List<MoveRecord> own = byTenant.getOrDefault(tenants.get(timing.tenant()), List.of());
            boolean moved = own.stream()
                    .anyMatch(move ->
                            move.beganNanos() <= timing.endedNanos() && move.endedNanos() >= timing.beganNanos());
            (kills.anyAway(timing.beganNanos(), timing.endedNanos()) ? ofKilled : moved ? ofMoving : ofQuiet)
                    .add(timing.millis());
        }
        this.quiet = sorted(ofQuiet);
        this.moving = sorted(ofMoving);
        this.killed = sorted(ofKilled);
    }

    private static double[] sorted(List<Double> millis) {
        double[] all = millis.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(all);
        return all;
    }

    long moved() {
        return moves.stream().filter(MoveRecord::isMoved).count();
    }

    long problems(Problem kind) {
        return tally.problems(kind);
    }

    long count(String what) {
        return tally.count(what, 0);
    }

    int kills() {
        return kills.all().size();
    }

    double addedP99Millis() {
        return at(moving, 99) - at(quiet, 99);
    }

    /** Whether nothing was failed, lost or doubled. */
    boolean isSound() {
        return Arrays.stream(Problem.values()).allMatch(kind -> tally.problems(kind) == 0);
    }

    boolean isWithinBounds() {
        return isSound() && addedP99Millis() <= ADDED_P99_MILLIS_MAX;
    }

    private static double at(double[] sorted, double percent) {
        int n = sorted.length;
        return n == 0 ? 0 : sorted[Math.clamp((int) Math.ceil(percent / 100 * n) - 1, 0, n - 1)];
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("| | bound | seen | |\n| --- | --- | --- | --- |\n");
        for (Problem kind : Problem.values()) {
            row(text, kind.text(), "0", Long.toString(tally.problems(kind)), tally.problems(kind) == 0);
        }
        row(
                text,
                "added p99 during a move",
                "<= 100 ms",
                String.format(Locale.ROOT, "%.1f ms", addedP99Millis()),
                addedP99Millis() <= ADDED_P99_MILLIS_MAX);
        text.append(String.format(
                Locale.ROOT,
                "%n%,d moves in %.0f s, %d kills: ",
                moved(),
                seconds,
                kills.all().size()));
        Map<String, Integer> victims = new TreeMap<>();
        kills.all().forEach(kill -> victims.merge(kill.member().replaceAll("-.*", ""), 1, Integer::sum));
        text.append(victims).append(". Outcomes of orders: ");
        Map<String, Integer> outcomes = new TreeMap<>();
        moves.forEach(move -> outcomes.merge(move.outcome(), 1, Integer::sum));
        text.append(outcomes).append(".\n\n");
        text.append("| ms | requests | p50 | p90 | p99 | max |\n| --- | --- | --- | --- | --- | --- |\n");
        timed(text, "requests of registers, quiet", quiet);
        timed(text, "whose tenant was in a move", moving);
        timed(text, "while a killed process was away, or just back", killed);
        timed(
                text,
                "requests held by a move, at most",
                sorted(moves.stream()
                        .filter(MoveRecord::isMoved)
                        .filter(move -> !kills.anyAway(move.beganNanos(), move.endedNanos()))
                        .map(move -> move.heldNanos() / 1e6)
                        .toList()));
        text.append("\n| what clients did and saw | |\n| --- | --- |\n");
        tally.counts().forEach((what, count) -> text.append(String.format(Locale.ROOT, "| %s | %,d |%n", what, count)));
        return text.toString();
    }

    private static void row(StringBuilder text, String what, String bound, String seen, boolean good) {
        text.append(String.format(Locale.ROOT, "| %s | %s | %s | %s |%n", what, bound, seen, good ? "pass" : "FAIL"));
    }

    private static void timed(StringBuilder text, String what, double[] sorted) {
        text.append(String.format(
                Locale.ROOT,
                "| %s | %,d | %.1f | %.1f | %.1f | %.1f |%n",
                what,
                sorted.length,
                at(sorted, 50),
                at(sorted, 90),
                at(sorted, 99),
                at(sorted, 100)));
    }
}
