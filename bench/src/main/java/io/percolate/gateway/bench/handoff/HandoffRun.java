package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.load.FleetLoad;
import io.percolate.gateway.bench.handoff.load.Tally;
import io.percolate.gateway.bench.handoff.load.Tally.Problem;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** One run: load, moves and kills until there were as many moves as wanted or the time is over, then the judgement. */
final class HandoffRun {
    private static final long POLL_NANOS = Duration.ofMillis(50).toNanos();
    /** Some of the moves; each costs two requests of the pods. */
    private static final int HAUNTED_EACH = 3;

    private final Fleet fleet;
    private final Plan plan;
    private final Consumer<String> said;

    /**
     * @param moves with which it ends, once as many processes were killed as shall be; spread over them
     * @param seconds after which it ends in any case
     * @param quiet load without moves before, for comparison
     * @param warm load with moves before anything is timed or counted, though judged
     * @param pace times the usual load of each tenant
     */
    record Plan(long moves, Duration seconds, Duration quiet, Duration warm, int kills, double pace, long seed) {}

    HandoffRun(Fleet fleet, Plan plan, Consumer<String> said) {
        this.fleet = fleet;
        this.plan = plan;
        this.said = said;
    }

    HandoffResult run() throws InterruptedException {
        Tally tally = new Tally();
        Kills kills = new Kills(fleet, plan.seed());
        Ghosts ghosts = new Ghosts(fleet, tally);
        MoveFeed feed = new MoveFeed(fleet);
        FleetLoad.awaitAnswered(fleet, kills);
        FleetLoad load = FleetLoad.start(fleet, kills, tally, plan.pace());
        LockSupport.parkNanos(plan.quiet().toNanos());
        fleet.startMovers();
        LockSupport.parkNanos(plan.warm().toNanos());
        feed.forget();
        long began = System.nanoTime();
        try (ExecutorService killer = Executors.newSingleThreadExecutor()) {
            AtomicBoolean killing = new AtomicBoolean();
            long killEach = plan.seconds().toNanos() / (plan.kills() + 1);
            long nextKill = began + killEach;
            int moves = 0;
            while (System.nanoTime() - began < plan.seconds().toNanos()
                    && (feed.moved() < plan.moves() || kills.all().size() < plan.kills())) {
                LockSupport.parkNanos(POLL_NANOS);
                for (MoveRecord move : feed.poll()) {
                    if (move.isMoved() && moves++ % HAUNTED_EACH == 0) {
                        ghosts.haunt(move);
                    }
                }
                boolean due = feed.moved() * (plan.kills() + 1)
                                >= plan.moves() * (kills.all().size() + 1)
                        || System.nanoTime() - nextKill >= 0;
                if (due && kills.all().size() < plan.kills() && !killing.getAndSet(true)) {
                    nextKill = System.nanoTime() + killEach;
                    killer.execute(() -> {
                        kills.next();
                        killing.set(false);
                    });
                }
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        fleet.stopMovers();
        feed.poll();
        said.accept("moves are over; everything is read once more");
        load.endAndJudge();
        ghosts.countHosts();
        for (Problem problem : Problem.values()) {
            tally.shown(problem).forEach(said);
        }
        return new HandoffResult(
                tally, feed.all(), MoveSteps.of(fleet.movers()), kills, fleet.tenants(), began, seconds);
    }
}
