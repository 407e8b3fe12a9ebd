package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.Member;
import io.percolate.gateway.bench.handoff.load.Disturbances;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;

/** Processes killed at random, and when. Kinds take turns. */
final class Kills implements Disturbances {
    /** After a process is ready again, what it has to catch up with is still part of its death. */
    private static final long AFTERMATH_NANOS = 1_000_000_000L;

    private final Fleet fleet;
    private final SplittableRandom random;
    private final List<Kill> all = new CopyOnWriteArrayList<>();

    /** @param overNanos {@code Long.MAX_VALUE} while the process is not back */
    record Kill(String member, boolean pod, long atNanos, long overNanos) {}

    Kills(Fleet fleet, long seed) {
        this.fleet = fleet;
        this.random = new SplittableRandom(seed);
    }

    /** Blocks until the process is back. */
    void next() {
        List<Member> kind = switch (all.size() % 3) {
            case 0 -> fleet.pods();
            case 1 -> fleet.gateways();
            default -> fleet.movers();
        };
        Member member = kind.get(random.nextInt(kind.size()));
        int place = all.size();
        boolean pod = fleet.pods().contains(member);
        long at = System.nanoTime();
        all.add(new Kill(member.name(), pod, at, Long.MAX_VALUE));
        fleet.killAndRestart(member);
        all.set(place, new Kill(member.name(), pod, at, System.nanoTime() + AFTERMATH_NANOS));
    }

    List<Kill> all() {
        return List.copyOf(all);
    }

    @Override
    public boolean podAway(long beganNanos, long endedNanos) {
        return all.stream().anyMatch(kill -> kill.pod() && overlaps(kill, beganNanos, endedNanos));
    }

    /** Bodies that went to a pod just before its death, or to a tenant that a dead mover left, may be gone. */
    @Override
    public boolean onceMustSucceed() {
        return false;
    }

    boolean anyAway(long beganNanos, long endedNanos) {
        return all.stream().anyMatch(kill -> overlaps(kill, beganNanos, endedNanos));
    }

    private static boolean overlaps(Kill kill, long beganNanos, long endedNanos) {
        return kill.atNanos() <= endedNanos && kill.overNanos() >= beganNanos;
    }
}
