package io.percolate.gateway.admin.migration;

/** What a migration changes of its tenants; closed, also in the database and the metric label. */
public enum MigrationKind {
    /** The tier, and so the pod. */
    TIER,
    /** The pod alone. */
    POD,
    SHARD,
    REGION,
    /** Everybody leaves one pod. */
    DRAIN,
    /** The pod of some, so that pods are loaded alike. */
    REBALANCE;

    /** As the target of a move: whichever other pod is best. */
    public static final String ELSEWHERE = "*";

    /** What its jobs do to one tenant each. */
    MigrationKind ofJobs() {
        return switch (this) {
            case TIER, POD, SHARD, REGION -> this;
            case DRAIN, REBALANCE -> POD;
        };
    }

    /** Whether a job of this kind changes a setting of its tenant before it moves it. */
    public boolean changesTenant() {
        return switch (this) {
            case TIER, SHARD, REGION -> true;
            case POD, DRAIN, REBALANCE -> false;
        };
    }
}
