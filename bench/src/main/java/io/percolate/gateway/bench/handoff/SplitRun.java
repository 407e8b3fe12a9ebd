package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.SplitWindow.Split;
import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.Member;
import io.percolate.gateway.bench.handoff.load.Availability;
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
import java.util.function.Predicate;

/**
 * Members cut off from PostgreSQL one after the other, under load and while tenants move. Everybody else reaches them, and
 * they reach everybody else: nobody but they know.
 */
final class SplitRun {
    /** Within which a gateway serves all of its tenants again, once it is no longer cut off. */
    private static final Duration CATCH_UP_MAX = Duration.ofSeconds(10);

    private static final long POLL_NANOS = Duration.ofMillis(50).toNanos();
    private static final double NOTICED_SECONDS = 1;

    private final Fleet fleet;
    private final Plan plan;
    private final Consumer<String> said;

    /**
     * @param cutOff members, each with a link of its own to PostgreSQL
     * @param split how long each is cut off
     * @param quiet load alone, before the first
     */
    record Plan(List<String> cutOff, Duration split, Duration quiet, double pace) {}

    SplitRun(Fleet fleet, Plan plan, Consumer<String> said) {
        this.fleet = fleet;
        this.plan = plan;
        this.said = said;
    }

    CaseResult run() throws InterruptedException {
        Tally tally = new Tally();
        SplitWindow window = new SplitWindow(CATCH_UP_MAX);
        Ghosts ghosts = new Ghosts(fleet, tally);
        MoveFeed feed = new MoveFeed(fleet);
        FleetLoad load = FleetLoad.start(fleet, window, tally, plan.pace());
        LockSupport.parkNanos(plan.quiet().toNanos());
        fleet.startMovers();
        List<Split> splits = new ArrayList<>();
        List<Long> movedDuring = new ArrayList<>();
        for (String name : plan.cutOff()) {
            Member member = fleet.member(name);
            long before = feed.moved();
            said.accept(name + " is cut off from PostgreSQL");
            window.began(member);
            member.link().split();
            haunt(ghosts, feed, plan.split());
            member.link().heal();
            splits.add(window.healed());
            movedDuring.add(feed.moved() - before);
            said.accept(name + " is no longer cut off");
            haunt(ghosts, feed, CATCH_UP_MAX);
        }
        fleet.stopMovers();
        feed.poll();
        load.endAndJudge();
        ghosts.countHosts();
        for (Problem problem : Problem.values()) {
            tally.shown(problem).forEach(said);
        }
        return result(tally, splits, movedDuring, feed);
    }

    /** Tries writes under past epochs at pods that have just been left, and that have just got a tenant. */
    private static void haunt(Ghosts ghosts, MoveFeed feed, Duration howLong) {
        long until = System.nanoTime() + howLong.toNanos();
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(POLL_NANOS);
            feed.poll().stream().filter(MoveRecord::isMoved).forEach(ghosts::haunt);
        }
    }

    private CaseResult result(Tally tally, List<Split> splits, List<Long> movedDuring, MoveFeed feed) {
        BoundsTable bounds = new BoundsTable();
        for (Problem problem : Problem.values()) {
            bounds.none(
                    problem.text() + (isOfRequests(problem) ? ", but by a gateway that is cut off" : ""),
                    tally.problems(problem));
        }
        Availability availability = new Availability(tally.timings());
        StringBuilder gaps =
                new StringBuilder(Percentiles.heading("longest time without an answer, s", "tenants by gateways"));
        double bound = plan.split().plus(CATCH_UP_MAX).toSeconds();
        for (int i = 0; i < splits.size(); i++) {
            Split split = splits.get(i);
            String name = split.member().name();
            long until = split.healedNanos() + CATCH_UP_MAX.toNanos();
            Predicate<String> own = name::equals;
            Percentiles cutOff = Percentiles.of(availability.longestGaps(own, split.beganNanos(), until));
            Percentiles others = Percentiles.of(availability.longestGaps(own.negate(), split.beganNanos(), until));
            if (cutOff.count() > 0) {
                bounds.atMost("longest time without an answer by " + name + ", cut off", bound, cutOff.at(100), " s");
                gaps.append(
                        cutOff.row(name + ", cut off; " + cutOff.above(NOTICED_SECONDS) + " noticed more than 1 s"));
                gaps.append(Percentiles.of(availability.firstAnswers(own, split.healedNanos()))
                        .row("first answer by " + name + " once it was whole again"));
            }
            gaps.append(others.row("by "
                    + (cutOff.count() > 0
                            ? "the other gateways meanwhile"
                            : "all gateways while " + name + " was cut off")
                    + "; " + others.above(NOTICED_SECONDS) + " noticed more than 1 s"));
            gaps.append(String.format(Locale.ROOT, "| moves meanwhile | %d | | | | |%n", movedDuring.get(i)));
        }
        bounds.row(
                "moves while somebody was cut off",
                ">= 1 each",
                movedDuring.toString(),
                movedDuring.stream().allMatch(moved -> moved > 0));
        String text = String.format(
                Locale.ROOT,
                "%s%nEach was cut off for %d s. %,d moves in all; writes were acknowledged under %,d placements of %d tenants.%n%n",
                bounds.markdown(),
                plan.split().toSeconds(),
                feed.moved(),
                tally.hosts().placements(),
                fleet.tenants().size());
        return new CaseResult(bounds.isWithin(), text + gaps + tally.countsMarkdown());
    }

    private static boolean isOfRequests(Problem problem) {
        return switch (problem) {
            case FAILED_IDEMPOTENT, FAILED_ONCE, BROKEN_STREAM -> true;
            case LOST_WRITE, STALE_WRITE, TWO_HOSTS -> false;
        };
    }
}
