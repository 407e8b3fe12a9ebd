package io.percolate.gateway.admin.health;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.Objects;

/**
 * A pod whose heartbeat is looked at.
 *
 * @param reconcileDue whether its copies are to be compared with the rows
 */
record WatchedPod(
        PodId id,
        Tier tier,
        String region,
        PodAddress address,
        Duration heartbeatAge,
        boolean lost,
        boolean reconcileDue) {

    /** $1: milliseconds between two comparisons. */
    static final String SELECT = """
            SELECT id, tier, region, host, port, lost_at IS NOT NULL AS lost,
                GREATEST(0, EXTRACT(EPOCH FROM clock_timestamp() - heartbeat_at) * 1000)::bigint AS age_ms,
                (reconciled_at IS NULL OR reconciled_at < registered_at
                    OR reconciled_at <= clock_timestamp() - $1 * interval '1 millisecond') AS reconcile_due
            FROM pods WHERE status <> 'gone' ORDER BY id LIMIT 5000
            """;

    /** Pods that share a fate: silent together, they are more likely out of reach than dead. */
    record Group(Tier tier, String region) {}

    static WatchedPod of(Readable row) {
        return new WatchedPod(
                new PodId(required(row, "id", String.class)),
                Tier.valueOf(required(row, "tier", String.class)),
                required(row, "region", String.class),
                new PodAddress(required(row, "host", String.class), required(row, "port", Integer.class)),
                Duration.ofMillis(required(row, "age_ms", Long.class)),
                required(row, "lost", Boolean.class),
                required(row, "reconcile_due", Boolean.class));
    }

    Group group() {
        return new Group(tier, region);
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
