package io.percolate.gateway.admin.scaling;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** The part of a cluster that makes the tiers' pods. Calls have deadlines, and error with {@link ClusterException}. */
public interface Cluster extends AutoCloseable {
    /** How many pods the workload is to have. */
    Mono<Replicas> replicas(Workload workload);

    /** Changes that number, if nobody has changed the workload since it was read. */
    Mono<Change> setReplicas(Workload workload, Replicas read, int replicas);

    /** Why the workload's controller cannot make pods; empty where it can. */
    Mono<Optional<Obstacle>> creationObstacle(Workload workload);

    /** The workload's pods, as watched. Never errors and asks nobody; the first call begins the watch. */
    Sight pods(Workload workload);

    @Override
    void close();

    /**
     * A number that was read.
     *
     * @param version of the object that it was read from
     * @param capacity of one of its pods by their template; 0 where that does not say
     */
    record Replicas(int count, String version, int capacity) {}

    /** What came of a change. */
    enum Change {
        DONE,
        /** Another was faster: to be read again. */
        CONFLICT
    }

    /**
     * What is seen of the pods.
     *
     * @param current whether the watch is up, so that a pod that is missing here is missing
     */
    record Sight(boolean current, List<ClusterPod> pods) {}

    /** The cluster does not do what it was asked for. */
    final class ClusterException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final Refusal refusal;
        private final Duration retryAfter;

        /** @param retryAfter before which it does not want to be asked again; zero when it did not say */
        public ClusterException(Refusal refusal, Duration retryAfter, String message, Throwable cause) {
            super(message, cause);
            this.refusal = refusal;
            this.retryAfter = retryAfter;
        }

        public Refusal refusal() {
            return refusal;
        }

        public Duration retryAfter() {
            return retryAfter;
        }
    }
}
