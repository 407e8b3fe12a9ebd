package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.load.Tally;
import io.percolate.gateway.bench.handoff.load.Tally.Problem;
import io.percolate.gateway.bench.handoff.load.Tally.Timing;
import io.percolate.gateway.bench.results.BoundsTable;
import io.percolate.gateway.bench.results.Percentiles;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a run has shown. */
final class HandoffResult {
    private static final double ADDED_P99_MILLIS_MAX = 100;

    /** What is sent once may be lost with its pod or its gateway. */
    private static final Set<Problem> JUDGED = EnumSet.complementOf(EnumSet.of(Problem.FAILED_ONCE));

    private final Tally tally;
    private final List<MoveRecord> moves;
    private final MoveSteps steps;
    private final Kills kills;
    private final double seconds;
    private final Percentiles quiet;
    private final Percentiles moving;
    private final Percentiles killed;

    /** @param sinceNanos from when on requests are timed */
    HandoffResult(
            Tally tally,
            List<MoveRecord> moves,
            MoveSteps steps,
            Kills kills,
            List<TenantId> tenants,
            long sinceNanos,
            double seconds) {
        this.tally = tally;
        this.moves = moves;
        this.steps = steps;
        this.kills = kills;
        this.seconds = seconds;
        Map<TenantId, List<MoveRecord>> byTenant = new HashMap<>();
        moves.forEach(move -> byTenant.computeIfAbsent(move.tenant(), tenant -> new ArrayList<>())
                .add(move));
        List<Double> ofQuiet = new ArrayList<>();
        List<Double> ofMoving = new ArrayList<>();
        List<Double> ofKilled = new ArrayList<>();
        for (Timing timing : tally.timings()) {
            if (timing.beganNanos() - sinceNanos < 0) {
                continue;
            }
            List<MoveRecord> own = byTenant.getOrDefault(tenants.get(timing.tenant()), List.of());
            boolean moved = own.stream()
                    .anyMatch(move ->
                            move.beganNanos() <= timing.endedNanos() && move.endedNanos() >= timing.beganNanos());
            (kills.anyAway(timing.beganNanos(), timing.endedNanos()) ? ofKilled : moved ? ofMoving : ofQuiet)
                    .add(timing.millis());
        }
        this.quiet = Percentiles.of(ofQuiet);
        this.moving = Percentiles.of(ofMoving);
        this.killed = Percentiles.of(ofKilled);
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
        return moving.at(99) - quiet.at(99);
    }

    /** Whether nothing was failed, lost or doubled. */
    boolean isSound() {
        return JUDGED.stream().allMatch(kind -> tally.problems(kind) == 0);
    }

    boolean isWithinBounds() {
        return isSound() && addedP99Millis() <= ADDED_P99_MILLIS_MAX;
    }

    String markdown() {
        BoundsTable bounds = new BoundsTable();
        JUDGED.forEach(kind -> bounds.none(kind.text(), tally.problems(kind)));
        bounds.atMost("added p99 during a move", ADDED_P99_MILLIS_MAX, addedP99Millis(), " ms");
        StringBuilder text = new StringBuilder(bounds.markdown());
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
        text.append(Percentiles.heading("ms", "requests"));
        text.append(quiet.row("requests of registers, quiet"));
        text.append(moving.row("whose tenant was in a move"));
        text.append(killed.row("while a killed process was away, or just back"));
        text.append(Percentiles.of(moves.stream()
                        .filter(MoveRecord::isMoved)
                        .filter(move -> !kills.anyAway(move.beganNanos(), move.endedNanos()))
                        .map(move -> move.heldNanos() / 1e6)
                        .toList())
                .row("requests held by a move, at most"));
        text.append(steps.markdown());
        text.append(tally.countsMarkdown());
        return text.toString();
    }
}
