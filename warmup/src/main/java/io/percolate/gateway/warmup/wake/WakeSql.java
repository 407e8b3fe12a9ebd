package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.PlanLimits;

/** The statements of the wake. Durations are bound in milliseconds. */
final class WakeSql {
    private static final String POD_COLUMNS = """
            %1$s.id AS %2$s_id, %1$s.tier AS %2$s_tier, %1$s.host AS %2$s_host, %1$s.port AS %2$s_port,
            %1$s.region AS %2$s_region,
            CASE WHEN %1$s.lost_at IS NULL OR %1$s.status = 'gone' THEN %1$s.status ELSE 'lost' END AS %2$s_status, %1$s.capacity AS %2$s_capacity,
            (EXTRACT(EPOCH FROM clock_timestamp() - %1$s.heartbeat_at) * 1000)::bigint AS %2$s_heartbeat_age_ms
            """;

    static final String CLAIM = """
            UPDATE tenant_states s
            SET wake_owner = $2, wake_lease_until = clock_timestamp() + $3 * interval '1 millisecond', wake_epoch = NULL
            FROM tenants t
            WHERE s.tenant_id = $1 AND t.id = s.tenant_id AND t.status = 'active'
              AND (s.wake_owner IS NULL OR s.wake_owner = $2 OR s.wake_lease_until IS NULL
                   OR s.wake_lease_until <= clock_timestamp())
              AND (s.wake_retry_at IS NULL OR s.wake_retry_at <= clock_timestamp())
              AND (s.state <> 'hot' OR s.version <= $4
                   OR EXISTS (SELECT 1 FROM pods p WHERE p.id = s.pod_id AND p.tier <> t.tier))
            """;

    static final String READ = """
            SELECT s.tenant_id, t.tier, t.status, t.security_mode, s.state, s.epoch, t.region, t.schema_name, t.shard_id,
                   s.version, %s, s.rocksdb_location, s.wake_failures, s.wake_error,
                   CASE WHEN s.wake_lease_until > clock_timestamp() THEN s.wake_owner END AS live_owner,
                   (EXTRACT(EPOCH FROM s.wake_lease_until - clock_timestamp()) * 1000)::bigint AS lease_left_ms,
                   (EXTRACT(EPOCH FROM s.wake_retry_at - clock_timestamp()) * 1000)::bigint AS retry_in_ms,
            """.formatted(PlanLimits.SELECT) + POD_COLUMNS.formatted("p", "pod") + ", "
            + POD_COLUMNS.formatted("o", "source") + """
            FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id
            LEFT JOIN pods p ON p.id = s.pod_id
            LEFT JOIN pods o ON o.id = s.source_pod_id
            WHERE s.tenant_id = $1
            """;

    static final String RENEW = """
            UPDATE tenant_states SET wake_lease_until = clock_timestamp() + $3 * interval '1 millisecond'
            WHERE tenant_id = $1 AND wake_owner = $2
            """;

    /** Rows that somebody has locked right now are passed over: waiting for one would hold the locks on all others. */
    static final String RENEW_ALL = """
            UPDATE tenant_states s SET wake_lease_until = clock_timestamp() + $3 * interval '1 millisecond'
            FROM (SELECT tenant_id FROM tenant_states WHERE tenant_id = ANY($1) AND wake_owner = $2
                  FOR NO KEY UPDATE SKIP LOCKED) mine
            WHERE s.tenant_id = mine.tenant_id
            RETURNING s.tenant_id
            """;

    static final String CANDIDATES = "SELECT " + POD_COLUMNS.formatted("p", "pod") + """
            , (SELECT count(*) FROM pod_occupants o WHERE o.pod_id = p.id AND o.tenant_id <> $1)::int AS assigned
            FROM pods p
            WHERE p.tier = $2 AND p.region = (SELECT serving_region($3)) AND p.status = 'ready' AND p.lost_at IS NULL
              AND p.heartbeat_at > clock_timestamp() - $4 * interval '1 millisecond'
              AND ($5::text IS NULL OR p.shard_id = $5)
              AND ($6::text IS NULL OR (p.version_label IS NOT DISTINCT FROM $6) = $7)
            ORDER BY p.id
            LIMIT 1000
            """;

    /** The shards over which the tenants of a tier are spread, if they are. */
    static final String SHARDS_OF_TIER = """
            SELECT s.id, s.weight FROM shards s JOIN shard_groups g ON g.id = s.shard_group
            WHERE g.tier = $1 AND s.status = 'active'
            LIMIT 10000
            """;

    static final String GROWTH = """
            SELECT state, client_text, retry_after_ms, concat_ws(': ', refusal, detail) AS detail FROM tier_scaling
            WHERE tier = $1 AND region = $2 AND state IN ('growing', 'refused') AND valid_until > clock_timestamp()
            """;

    /**
     * One call, since it holds the rows of pods: see the function. All of these rows are taken first and in one order, as two
     * such calls could else wait for each other: no assignment is begun before they are counted.
     */
    static final String ASSIGN_ALL = """
            WITH held AS MATERIALIZED (
                SELECT p.id FROM pods p WHERE p.id = ANY($7) OR p.id = ANY($8) ORDER BY p.id FOR NO KEY UPDATE)
            SELECT a.number, r.assigned_pod, r.assigned_epoch
            FROM (SELECT count(*) AS pods FROM held) h,
                unnest($4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY
                    AS a(tenant, epoch, epoch_floor, first, other, into_room, holder, deployment, number),
                LATERAL assign_tenant(a.tenant, $1, a.epoch + 0 * h.pods, a.epoch_floor,
                    array_remove(ARRAY[a.first, NULLIF(a.other, '')], NULL), a.into_room, NULLIF(a.holder, ''),
                    a.deployment, $2, $3) r
            """;

    /** Not a wake's claim, which is told by wake_epoch: it waits for no place. The tenant is served on meanwhile. */
    static final String CLAIM_FOR_MOVE = """
            UPDATE tenant_states s
            SET wake_owner = $2, wake_lease_until = clock_timestamp() + $3 * interval '1 millisecond', wake_epoch = -1
            FROM tenants t
            WHERE s.tenant_id = $1 AND t.id = s.tenant_id AND t.status = 'active'
              AND s.state = 'hot' AND s.epoch = $4 AND s.pod_id = $5
              AND (s.wake_lease_until IS NULL OR s.wake_lease_until <= clock_timestamp())
            """;

    /** Without a back-off: that a move failed says nothing about the tenant's next wake. */
    static final String RELEASE = """
            UPDATE tenant_states
            SET state = CASE WHEN state = 'moving' THEN $4 ELSE state END,
                wake_owner = NULL, wake_lease_until = NULL, wake_epoch = NULL, version = version + 1
            WHERE tenant_id = $1 AND wake_owner = $2 AND epoch = $3
            """;

    static final String START_MOVING = """
            UPDATE tenant_states SET state = 'moving'
            WHERE tenant_id = $1 AND wake_owner = $2 AND epoch = $3 AND state = 'hot'
            """;

    /** The second way to match is that of a repetition, when the answer to the first was lost. */
    static final String PUBLISH = """
            UPDATE tenant_states
            SET state = 'hot', source_pod_id = NULL, wake_owner = NULL, wake_lease_until = NULL, wake_epoch = NULL,
                wake_failures = 0, wake_retry_at = NULL, wake_error = NULL, version = version + 1
            WHERE tenant_id = $1 AND epoch = $3 AND pod_id = $4
              AND (wake_owner = $2 OR (wake_owner IS NULL AND state = 'hot'))
            """;

    /** The version moves, so that every process that waits is told. */
    static final String FAIL = """
            UPDATE tenant_states
            SET state = CASE WHEN state = 'moving' THEN $4 ELSE state END,
                wake_owner = NULL, wake_lease_until = NULL, wake_epoch = NULL, wake_failures = wake_failures + 1,
                wake_retry_at = clock_timestamp() + $5 * interval '1 millisecond', wake_error = $6, version = version + 1
            WHERE tenant_id = $1 AND wake_owner = $2 AND epoch = $3
            """;

    private WakeSql() {}
}
