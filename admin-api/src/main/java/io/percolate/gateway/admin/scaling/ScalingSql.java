package io.percolate.gateway.admin.scaling;

/** The statements of scaling. Durations are bound in milliseconds, by the database's clock. */
final class ScalingSql {
    private static final String LIVE_CLAIM = "(s.wake_owner IS NOT NULL AND s.wake_lease_until > clock_timestamp())";

    /** One row: the places of the tier's living pods in this region, who waits for one, and who could leave one. */
    static final String DEMAND = """
            WITH living AS (
                SELECT p.id, p.capacity, p.workload IS NOT DISTINCT FROM $4 AS ours,
                       (SELECT count(*) FROM tenant_states s WHERE s.pod_id = p.id
                           AND (s.state = 'hot' OR (s.wake_lease_until > clock_timestamp()
                               AND (s.wake_epoch = s.epoch OR (s.state = 'moving' AND s.wake_epoch IS DISTINCT FROM -1)))))::int AS taken,
                       (SELECT count(*) FROM tenant_states s WHERE s.pod_id = p.id AND s.state = 'hot'
                           AND s.last_access_at <= clock_timestamp() - $5 * interval '1 millisecond')::int AS evictable
                FROM pods p
                WHERE p.tier = $1 AND p.region = $2 AND p.status = 'ready'
                  AND p.heartbeat_at > clock_timestamp() - $3 * interval '1 millisecond'
            ), claims AS (
                SELECT s.state, s.wake_epoch, p.tier AS pod_tier
                FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id LEFT JOIN pods p ON p.id = s.pod_id
                WHERE %1$s AND t.tier = $1 AND t.region = $2 AND t.status = 'active'
                  AND s.wake_epoch IS DISTINCT FROM -1
            )
            SELECT (SELECT count(*) FROM living WHERE ours)::int AS living,
                   (SELECT count(*) FROM living)::int AS registered,
                   (SELECT COALESCE(sum(GREATEST(0, capacity - taken)), 0) FROM living)::int AS free,
                   (SELECT COALESCE(sum(evictable), 0) FROM living)::int AS evictable,
                   (SELECT count(*) FROM claims WHERE wake_epoch IS NULL
                       AND (state <> 'hot' OR pod_tier IS DISTINCT FROM $1))::int AS waiting,
                   (SELECT count(*) FROM claims)::int AS claims,
                   (SELECT count(*) FROM tenant_states s JOIN pods p ON p.id = s.pod_id
                       WHERE s.state IN ('hot', 'moving') AND p.tier = $1 AND p.region = $2)::int AS hot,
                   (SELECT count(*) FROM tenant_states s JOIN pods p ON p.id = COALESCE(s.source_pod_id, s.pod_id)
                       WHERE s.state = 'warm' AND p.tier = $1 AND p.region = $2)::int AS warm
            """.formatted(LIVE_CLAIM);

    static final String READ = """
            SELECT state, (EXTRACT(EPOCH FROM clock_timestamp() - idle_since) * 1000)::bigint AS idle_ms,
                   valid_until > clock_timestamp() AS valid
            FROM tier_scaling WHERE tier = $1 AND region = $2
            """;

    /** {@code idle_since} is kept while the tier stays idle, and begins when it begins to be. */
    static final String WRITE = """
            INSERT INTO tier_scaling AS z (tier, region, state, refusal, detail, client_text, retry_after_ms, idle_since,
                                           valid_until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN clock_timestamp() END,
                    clock_timestamp() + $9 * interval '1 millisecond')
            ON CONFLICT (tier, region) DO UPDATE
            SET state = EXCLUDED.state, refusal = EXCLUDED.refusal, detail = EXCLUDED.detail,
                client_text = EXCLUDED.client_text, retry_after_ms = EXCLUDED.retry_after_ms,
                idle_since = CASE WHEN $8 THEN COALESCE(z.idle_since, EXCLUDED.idle_since) END,
                valid_until = EXCLUDED.valid_until, updated_at = now()
            """;

    /** Taken before the tier's last look: a wake that wants a place in one of these pods waits, and finds it draining. */
    static final String LOCK_PODS = "SELECT id FROM pods WHERE tier = $1 AND region = $2 ORDER BY id FOR UPDATE";

    static final String HOSTED = """
            SELECT count(*)::int AS hosted
            FROM tenant_states s JOIN pods p ON p.id = s.pod_id OR p.id = s.source_pod_id
            WHERE p.tier = $1 AND p.region = $2 AND p.status <> 'gone'
              AND (s.state IN ('hot', 'warm', 'moving') OR %s)
            """.formatted(LIVE_CLAIM);

    static final String DRAIN = """
            UPDATE pods SET status = 'draining'
            WHERE tier = $1 AND region = $2 AND workload = $3 AND status IN ('ready', 'starting')
            """;

    static final String TAKE_BACK = """
            UPDATE pods SET status = 'ready'
            WHERE tier = $1 AND region = $2 AND workload = $3 AND status = 'draining' AND id = ANY($4)
            """;

    /** Tenants on the tier's disks, for which a pod would have to stay. */
    static final String WARM = """
            SELECT s.tenant_id, t.tier, s.state, p.id AS pod_id, p.host, p.port, s.epoch
            FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id
            JOIN pods p ON p.id = COALESCE(s.source_pod_id, s.pod_id)
            WHERE s.state = 'warm' AND p.tier = $1 AND p.region = $2
              AND (s.wake_lease_until IS NULL OR s.wake_lease_until <= clock_timestamp())
            ORDER BY s.last_access_at LIMIT $3
            """;

    private ScalingSql() {}
}
