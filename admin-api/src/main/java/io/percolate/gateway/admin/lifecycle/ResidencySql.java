package io.percolate.gateway.admin.lifecycle;

/** What the life cycle asks. Durations are bound in milliseconds, by the database's clock. */
final class ResidencySql {
    private static final String DEPARTING = """
            SELECT s.tenant_id, t.tier, s.state, p.id AS pod_id, p.host, p.port, s.epoch
            FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id
            """;

    private static final String FREE = "(s.wake_lease_until IS NULL OR s.wake_lease_until <= clock_timestamp())";
    private static final String ALIVE = "p.heartbeat_at > clock_timestamp() - $2 * interval '1 millisecond'";

    /** Least recently used first. */
    static final String IDLE_HOT = DEPARTING + """
            JOIN pods p ON p.id = s.pod_id
            WHERE s.state = 'hot' AND t.tier = $1 AND %s AND %s
              AND s.last_access_at <= clock_timestamp() - $3 * interval '1 millisecond'
            ORDER BY s.last_access_at LIMIT $4
            """.formatted(ALIVE, FREE);

    /** Of one region or pod that runs out of room. */
    static final String LEAST_USED_OF_REGION = DEPARTING + """
            JOIN pods p ON p.id = s.pod_id
            WHERE s.state = 'hot' AND p.tier = $1 AND p.region = $5 AND %s AND %s
              AND s.last_access_at <= clock_timestamp() - $3 * interval '1 millisecond'
            ORDER BY s.last_access_at LIMIT $4
            """.formatted(ALIVE, FREE);

    static final String LEAST_USED_OF_POD = DEPARTING + """
            JOIN pods p ON p.id = s.pod_id
            WHERE s.state = 'hot' AND p.tier = $1 AND p.id = $5 AND %s AND %s
              AND s.last_access_at <= clock_timestamp() - $3 * interval '1 millisecond'
            ORDER BY s.last_access_at LIMIT $4
            """.formatted(ALIVE, FREE);

    static final String IDLE_WARM = DEPARTING + """
            JOIN pods p ON p.id = COALESCE(s.source_pod_id, s.pod_id)
            WHERE s.state = 'warm' AND t.tier = $1 AND %s AND %s
              AND s.last_access_at <= clock_timestamp() - $3 * interval '1 millisecond'
            ORDER BY s.last_access_at LIMIT $4
            """.formatted(ALIVE, FREE);

    /** Moving, and nobody moves them: an eviction or a hand-off was cut off before the tenant had another pod. */
    static final String INTERRUPTED = DEPARTING + """
            JOIN pods p ON p.id = s.pod_id
            WHERE s.state = 'moving' AND s.source_pod_id IS NULL AND t.tier = $1 AND %s
              AND (s.wake_lease_until IS NULL
                   OR s.wake_lease_until <= clock_timestamp() - $3 * interval '1 millisecond')
            ORDER BY s.last_access_at LIMIT $4
            """.formatted(ALIVE);

    /** Places of each living pod: all, taken, and about to be left. */
    static final String PLACES = """
            SELECT p.id, p.tier, p.region, p.capacity,
                   count(*) FILTER (WHERE s.state = 'hot' OR (s.wake_lease_until > clock_timestamp()
                       AND (s.wake_epoch = s.epoch OR s.state = 'moving')))::int AS taken,
                   count(*) FILTER (WHERE s.state = 'moving' AND s.wake_epoch = -1
                       AND s.wake_lease_until > clock_timestamp())::int AS leaving,
                   count(*) FILTER (WHERE s.state = 'hot')::int AS hot
            FROM pods p
            LEFT JOIN (
                SELECT pod_id, state, epoch, wake_epoch, wake_lease_until FROM tenant_states WHERE state IN ('hot', 'moving')
                UNION ALL
                SELECT pod_id, state, epoch, wake_epoch, wake_lease_until FROM tenant_states
                WHERE wake_owner IS NOT NULL AND wake_lease_until > clock_timestamp() AND state NOT IN ('hot', 'moving')
            ) s ON s.pod_id = p.id
            WHERE p.status = 'ready' AND p.heartbeat_at > clock_timestamp() - $1 * interval '1 millisecond'
            GROUP BY p.id ORDER BY p.id LIMIT 2000
            """;

    /** Wakes that have a claim and no place yet. */
    static final String WAITING = """
            SELECT t.tier, t.region, count(*)::int AS waiting
            FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id
            WHERE s.wake_owner IS NOT NULL AND s.wake_lease_until > clock_timestamp() AND s.wake_epoch IS NULL
              AND s.state IN ('cold', 'warm', 'archived') AND t.status = 'active'
            GROUP BY t.tier, t.region
            """;

    private ResidencySql() {}
}
