package io.percolate.gateway.bench.handoff.load;

import io.percolate.gateway.bench.handoff.fleet.Member;

/** What is done to a fleet while clients use it, so that they tell failures from what has to be. */
public interface Disturbances {
    /** Nothing is done that a client may notice. */
    Disturbances NONE = new Disturbances() {};

    /** Whether a pod was dead or just back at some time in between. */
    default boolean podAway(long beganNanos, long endedNanos) {
        return false;
    }

    /** Whether what this gateway has refused in that time, or left unanswered, counts as unavailable, not as failed. */
    default boolean cutOff(Member gateway, long beganNanos, long endedNanos) {
        return false;
    }

    /** Whether a request that is sent once, and that no death explains, may fail as little as any other. */
    default boolean onceMustSucceed() {
        return true;
    }
}
