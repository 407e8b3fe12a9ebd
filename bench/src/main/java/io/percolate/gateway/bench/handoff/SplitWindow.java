package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.fleet.Member;
import io.percolate.gateway.bench.handoff.load.Disturbances;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Who was cut off from PostgreSQL, and when. What a gateway refuses that is cut off, or was just before, is unavailable. */
final class SplitWindow implements Disturbances {
    private final long graceNanos;
    private final List<Split> all = new CopyOnWriteArrayList<>();

    /** @param healedNanos {@code Long.MAX_VALUE} while it lasts */
    record Split(Member member, long beganNanos, long healedNanos) {}

    /** @param grace after it has healed, in which a gateway has to catch up */
    SplitWindow(Duration grace) {
        this.graceNanos = grace.toNanos();
    }

    void began(Member member) {
        all.add(new Split(member, System.nanoTime(), Long.MAX_VALUE));
    }

    Split healed() {
        Split last = all.removeLast();
        Split whole = new Split(last.member(), last.beganNanos(), System.nanoTime());
        all.add(whole);
        return whole;
    }

    @Override
    public boolean cutOff(Member gateway, long beganNanos, long endedNanos) {
        return all.stream()
                .anyMatch(split -> split.member() == gateway
                        && split.beganNanos() <= endedNanos
                        && (split.healedNanos() == Long.MAX_VALUE || split.healedNanos() + graceNanos >= beganNanos));
    }
}
