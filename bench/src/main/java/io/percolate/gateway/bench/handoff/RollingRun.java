package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.Member;
import io.percolate.gateway.bench.handoff.load.Disturbances;
import io.percolate.gateway.bench.handoff.load.FleetLoad;
import io.percolate.gateway.bench.handoff.load.Tally;
import io.percolate.gateway.bench.handoff.load.Tally.Problem;
import io.percolate.gateway.bench.results.BoundsTable;
import io.percolate.gateway.bench.results.Percentiles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * Every pod replaced under load, one after the other, as a rolling update of a StatefulSet does it: drained through the
 * management API, as its {@code preStop} hook would, told to end, and started again under its name, with its disk and another
 * version label; the next one when it is ready and the fleet knows.
 */
final class RollingRun {
    static final String NEW_VERSION = "v2";
    private static final int DRAIN_SECONDS_MAX = 120;

    private final Fleet fleet;
    private final Duration quiet;
    private final double pace;
    private final Consumer<String> said;

    /** @param quiet load alone, before and after */
    RollingRun(Fleet fleet, Duration quiet, double pace, Consumer<String> said) {
        this.fleet = fleet;
        this.quiet = quiet;
        this.pace = pace;
        this.said = said;
    }

    /** One pod's replacement. */
    private record Replaced(String pod, int hot, boolean drained, double drainSeconds, double awaySeconds) {}

    CaseResult run() throws InterruptedException {
        Tally tally = new Tally();
        FleetLoad load = FleetLoad.start(fleet, Disturbances.NONE, tally, pace);
        LockSupport.parkNanos(quiet.toNanos());
        long began = System.nanoTime();
        List<Replaced> all = new ArrayList<>();
        for (Member pod : fleet.pods()) {
            Replaced replaced = replace(pod);
            all.add(replaced);
            said.accept(replaced.toString());
            if (!replaced.drained()) {
                break;
            }
        }
        long ended = System.nanoTime();
        LockSupport.parkNanos(quiet.toNanos());
        load.endAndJudge();
        new Ghosts(fleet, tally).countHosts();
        for (Problem problem : Problem.values()) {
            tally.shown(problem).forEach(said);
        }
        return result(tally, all, began, ended);
    }

    private Replaced replace(Member pod) {
        long began = System.nanoTime();
        int hot = Integer.parseInt(fleet.value(
                "SELECT count(*) FROM tenant_states WHERE state = 'hot' AND pod_id = '" + pod.name() + "'"));
        fleet.admin().post("/v1/pods/" + pod.name() + "/drain", "{}");
        JsonNode drain = fleet.admin().get("/v1/pods/" + pod.name() + "/drain?wait_seconds=" + DRAIN_SECONDS_MAX);
        long drained = System.nanoTime();
        if (!drain.path("drained").asBoolean()) {
            return new Replaced(pod.name(), hot, false, seconds(began, drained), 0);
        }
        fleet.replacePod(pod, NEW_VERSION);
        return new Replaced(pod.name(), hot, true, seconds(began, drained), seconds(drained, System.nanoTime()));
    }

    private CaseResult result(Tally tally, List<Replaced> all, long began, long ended) {
        BoundsTable bounds = new BoundsTable();
        for (Problem problem : Problem.values()) {
            bounds.none(problem.text(), tally.problems(problem));
        }
        int pods = fleet.pods().size();
        long replaced = all.stream().filter(Replaced::drained).count();
        bounds.row("pods replaced", Integer.toString(pods), Long.toString(replaced), replaced == pods);
        StringBuilder text = new StringBuilder(bounds.markdown());
        text.append(String.format(
                Locale.ROOT,
                "%nEach pod came back under the same name, with its disk, as version %s; all within %.1f s.%n%n"
                        + "| pod | tenants in memory | s to empty it | s until its successor took tenants |%n"
                        + "| --- | --- | --- | --- |%n",
                NEW_VERSION,
                seconds(began, ended)));
        all.forEach(one -> text.append(String.format(
                Locale.ROOT,
                "| %s | %d | %.1f | %.1f |%n",
                one.pod(),
                one.hot(),
                one.drainSeconds(),
                one.awaySeconds())));
        text.append('\n').append(Percentiles.heading("ms", "requests"));
        text.append(millis(tally, Long.MIN_VALUE, began).row("requests of registers, before"));
        text.append(millis(tally, began, ended).row("while pods were replaced"));
        return new CaseResult(bounds.isWithin(), text + tally.countsMarkdown());
    }

    private static Percentiles millis(Tally tally, long from, long to) {
        return Percentiles.of(tally.timings().stream()
                .filter(timing -> timing.endedNanos() >= from && timing.endedNanos() < to)
                .map(Tally.Timing::millis)
                .toList());
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }
}
