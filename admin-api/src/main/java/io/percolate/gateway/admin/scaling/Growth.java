package io.percolate.gateway.admin.scaling;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How many pods a tier is to have, and whether those that wait may hope: decided from what is, never from what was asked
 * for before, so that it may be decided by any process, any number of times.
 *
 * @param replicas that the workload is to have
 * @param hope whether a pod is on its way that nothing is known to stop
 * @param obstacle why a pod that is asked for does not come; empty where none is known
 */
record Growth(int replicas, boolean hope, Optional<Obstacle> obstacle) {
    /**
     * @param current what the workload is to have now
     * @param creation why its controller makes no pods
     */
    static Growth decide(
            Demand demand,
            int current,
            int capacity,
            ScalingConfig.OfTier bounds,
            List<ClusterPod> pods,
            Optional<Obstacle> creation,
            Instant now,
            Duration startMax) {
        int stuck = 0;
        int starting = 0;
        int coming = 0;
        int stopped = 0;
        Optional<Obstacle> obstacle = creation;
        for (ClusterPod pod : pods) {
            if (!pod.isComing()) {
                continue;
            }
            coming++;
            if (pod.phase() == ClusterPod.Phase.READY) {
                continue;
            }
            Obstacle stopping = pod.obstacle();
            if (stopping != null) {
                stopped++;
                obstacle = obstacle.isPresent() ? obstacle : Optional.of(stopping);
            } else if (pod.createdAt().plus(startMax).isBefore(now)) {
                stuck++;
            } else {
                starting++;
            }
        }
        int readyUnregistered = Math.max(0, coming - starting - stuck - stopped - demand.living());
        // A pod that lives was created, whether the cluster's pods can be seen or not.
        int uncreated = Math.max(0, current - Math.max(coming, demand.living()));
        // Those that an obstacle stops count as well: more of the same would be stopped by the same.
        int pending = Math.max(0, current - demand.living() - stuck);
        int shortage = demand.unmet() - pending * capacity;
        int wanted = shortage <= 0
                ? current
                : Math.max(
                        current,
                        Math.min(
                                bounds.replicasMax(),
                                Math.max(bounds.replicasMin(), current + (shortage + capacity - 1) / capacity)));
        boolean hope = starting > 0
                || readyUnregistered > 0
                || ((uncreated > 0 || wanted > current) && creation.isEmpty() && obstacle.isEmpty());
        if (wanted == current && !hope && obstacle.isEmpty() && current >= bounds.replicasMax()) {
            obstacle = Optional.of(new Obstacle(
                    Refusal.MAX_REPLICAS,
                    bounds.workload() + " has " + current + " replicas, and may have " + bounds.replicasMax()));
        }
        return new Growth(wanted, hope, obstacle);
    }
}
