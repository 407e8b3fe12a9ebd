package io.percolate.gateway.admin.health;

import io.percolate.gateway.routing.tenant.PodId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which pods are suspected, since when; decides whom to declare lost.
 *
 * <p>A pod is suspected while its heartbeat is late and it does not answer either; one answer or heartbeat clears it. It is
 * lost when that went on for long enough, over several looks, none of them far from the one before: a process that was
 * paused knows nothing of the time in between and begins anew. Not safe for use by several threads.
 */
final class Suspicions {
    private static final int SILENT_LOOKS_MIN = 3;
    private static final int GAP_INTERVALS_MAX = 8;

    private final Duration lostAfter;
    private final Duration gapMax;
    private final int lostPercentMax;
    private final Map<PodId, Suspicion> suspicions = new HashMap<>();
    private long lastLookNanos;

    /** @param callMax how long asking a pod may take */
    Suspicions(HealthConfig config, Duration callMax, long nowNanos) {
        this.lostAfter = config.lostAfter();
        this.gapMax = config.interval().plus(callMax).multipliedBy(GAP_INTERVALS_MAX);
        this.lostPercentMax = config.lostPercentMax();
        this.lastLookNanos = nowNanos;
    }

    private record Suspicion(long sinceNanos, int looks) {}

    /**
     * One look.
     *
     * @param pods all that are not gone
     * @param silent those whose heartbeat is late and that did not answer
     * @return the pods to declare lost now
     */
    List<WatchedPod> look(List<WatchedPod> pods, List<WatchedPod> silent, long nowNanos) {
        if (nowNanos - lastLookNanos > gapMax.toNanos()) {
            suspicions.clear();
        }
        lastLookNanos = nowNanos;
        suspicions.keySet().retainAll(silent.stream().map(WatchedPod::id).toList());
        Map<WatchedPod.Group, Integer> room = room(pods);
        List<WatchedPod> lost = new ArrayList<>();
        for (WatchedPod pod : silent) {
            Suspicion now = suspicions.merge(
                    pod.id(),
                    new Suspicion(nowNanos, 1),
                    (was, first) -> new Suspicion(was.sinceNanos(), was.looks() + 1));
            boolean longEnough = now.looks() >= SILENT_LOOKS_MIN && nowNanos - now.sinceNanos() >= lostAfter.toNanos();
            if (longEnough && !pod.lost() && room.merge(pod.group(), -1, Integer::sum) >= 0) {
                lost.add(pod);
            }
        }
        return lost;
    }

    /** Pods that are suspected now. */
    int count() {
        return suspicions.size();
    }

    /** How many more of each group may be lost. */
    private Map<WatchedPod.Group, Integer> room(List<WatchedPod> pods) {
        Map<WatchedPod.Group, Integer> all = new HashMap<>();
        Map<WatchedPod.Group, Integer> lost = new HashMap<>();
        for (WatchedPod pod : pods) {
            all.merge(pod.group(), 1, Integer::sum);
            if (pod.lost()) {
                lost.merge(pod.group(), 1, Integer::sum);
            }
        }
        Map<WatchedPod.Group, Integer> room = new HashMap<>();
        all.forEach((group, count) ->
                room.put(group, Math.max(1, count * lostPercentMax / 100) - lost.getOrDefault(group, 0)));
        return room;
    }
}
