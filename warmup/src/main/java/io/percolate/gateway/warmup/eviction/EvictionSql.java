package io.percolate.gateway.warmup.eviction;

/** The statements of evictions. Durations are bound in milliseconds, by the database's clock. */
final class EvictionSql {
    private static final String FREE = "(s.wake_lease_until IS NULL OR s.wake_lease_until <= clock_timestamp())";

    /**
     * Takes a tenant that is hot (or was left moving by an eviction that was cut off) under the wake's own claim, and
     * announces in the same statement that it moves: no gateway forwards to the pod once it has heard of this.
     */
    static final String CLAIM_HOT = """
            UPDATE tenant_states s
            SET state = 'moving', wake_owner = $2, wake_lease_until = clock_timestamp() + $3 * interval '1 millisecond',
                wake_epoch = -1
            WHERE s.tenant_id = $1 AND s.epoch = $4 AND s.pod_id = $5 AND s.source_pod_id IS NULL
              AND s.state IN ('hot', 'moving') AND %s
              AND ($6 = 0 OR s.last_access_at <= clock_timestamp() - $6 * interval '1 millisecond')
            """.formatted(FREE);

    /** A warm tenant's requests are cold starts already; the claim keeps its wake away until it is cold. */
    static final String CLAIM_WARM = """
            UPDATE tenant_states s
            SET wake_owner = $2, wake_lease_until = clock_timestamp() + $3 * interval '1 millisecond', wake_epoch = -1
            WHERE s.tenant_id = $1 AND s.epoch = $4 AND COALESCE(s.source_pod_id, s.pod_id) = $5
              AND s.state = 'warm' AND %s
              AND ($6 = 0 OR s.last_access_at <= clock_timestamp() - $6 * interval '1 millisecond')
            """.formatted(FREE);

    static final String RENEW = """
            UPDATE tenant_states SET wake_lease_until = clock_timestamp() + $3 * interval '1 millisecond'
            WHERE tenant_id = $1 AND wake_owner = $2
            """;

    /** Ends the claim; the version moves, so that all who hold requests are told. */
    static final String SETTLE = """
            UPDATE tenant_states
            SET state = $4, wake_owner = NULL, wake_lease_until = NULL, wake_epoch = NULL, version = version + 1,
                last_eviction_at = CASE WHEN $4 = 'warm' THEN clock_timestamp() ELSE last_eviction_at END
            WHERE tenant_id = $1 AND wake_owner = $2 AND epoch = $3
            """;

    /**
     * The snapshot holds the newest data from here on. The epoch rises, so that under the new one the pod drops its copy,
     * and that a wake of the past whose order is still on its way is refused.
     */
    static final String SETTLE_COLD = """
            UPDATE tenant_states
            SET state = 'cold', rocksdb_location = COALESCE($4, rocksdb_location), pod_id = NULL, source_pod_id = NULL,
                tier_deployment = NULL, epoch = epoch + 1, wake_owner = NULL, wake_lease_until = NULL, wake_epoch = NULL,
                last_eviction_at = clock_timestamp(), version = version + 1
            WHERE tenant_id = $1 AND wake_owner = $2 AND epoch = $3
            RETURNING epoch
            """;

    static final String FIND = """
            SELECT s.tenant_id, t.tier, s.state, p.id AS pod_id, p.host, p.port, s.epoch
            FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id
            JOIN pods p ON p.id = COALESCE(s.source_pod_id, s.pod_id)
            WHERE s.tenant_id = $1 AND s.state IN ('hot', 'warm', 'moving')
              AND (s.state = 'warm' OR s.source_pod_id IS NULL)
            """;

    private EvictionSql() {}
}
