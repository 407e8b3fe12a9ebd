package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.RendezvousTable;
import io.percolate.gateway.routing.topology.ShardId;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.placement.TierGrowth;
import io.percolate.gateway.warmup.pod.PodRow;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes values of the rows that {@link WakeSql} selects. */
final class WakeRows {
    private WakeRows() {}

    static RendezvousTable.Node<ShardId> shard(Readable row) {
        ShardId id = new ShardId(Objects.requireNonNull(row.get("id", String.class)));
        return new RendezvousTable.Node<>(id.value(), Objects.requireNonNull(row.get("weight", Double.class)), id);
    }

    static TenantRow tenant(Readable row) {
        PodRow pod = row.get("pod_id") == null ? null : pod(row, "pod");
        PodRow source = row.get("source_id") == null ? null : pod(row, "source");
        return new TenantRow(
                route(row, pod),
                pod,
                source,
                row.get("rocksdb_location", String.class),
                row.get("live_owner", UUID.class),
                remaining(row, "lease_left_ms"),
                integer(row, "wake_failures"),
                remaining(row, "retry_in_ms"),
                row.get("wake_error", String.class));
    }

    static Candidate candidate(Readable row) {
        return new Candidate(pod(row, "pod"), integer(row, "assigned"));
    }

    static TierGrowth growth(Readable row) {
        String clientText = row.get("client_text", String.class);
        if (text(row, "state").equals("growing")) {
            return new TierGrowth.Growing();
        }
        return clientText == null
                ? new TierGrowth.Unknown()
                : new TierGrowth.Refused(clientText, remaining(row, "retry_after_ms"), text(row, "detail"));
    }

    private static TenantRoute route(Readable row, @Nullable PodRow pod) {
        long epoch = bigint(row, "epoch");
        return new TenantRoute(
                new TenantId(required(row, "tenant_id", UUID.class)),
                Tier.valueOf(text(row, "tier")),
                TenantStatus.valueOf(text(row, "status").toUpperCase(Locale.ROOT)),
                SecurityMode.valueOf(text(row, "security_mode").toUpperCase(Locale.ROOT)),
                Residency.valueOf(text(row, "state").toUpperCase(Locale.ROOT)),
                pod == null || epoch == 0 ? null : new Placement(pod.id(), pod.tier(), pod.address(), epoch),
                epoch,
                text(row, "region"),
                row.get("schema_name", String.class),
                row.get("shard_id", String.class),
                bigint(row, "version"),
                PlanLimits.of(row.get("limits", Long[].class)));
    }

    private static PodRow pod(Readable row, String prefix) {
        return new PodRow(
                new PodId(text(row, prefix + "_id")),
                Tier.valueOf(text(row, prefix + "_tier")),
                new PodAddress(text(row, prefix + "_host"), integer(row, prefix + "_port")),
                text(row, prefix + "_region"),
                PodRow.Status.valueOf(text(row, prefix + "_status").toUpperCase(Locale.ROOT)),
                integer(row, prefix + "_capacity"),
                Duration.ofMillis(Math.max(0, bigint(row, prefix + "_heartbeat_age_ms"))));
    }

    static int integer(Readable row, String column) {
        return required(row, column, Integer.class);
    }

    static long bigint(Readable row, String column) {
        return required(row, column, Long.class);
    }

    static String text(Readable row, String column) {
        return required(row, column, String.class);
    }

    private static Duration remaining(Readable row, String column) {
        Long millis = row.get(column, Long.class);
        return millis == null || millis <= 0 ? Duration.ZERO : Duration.ofMillis(millis);
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        T value = row.get(column, type);
        if (value == null) {
            throw new IllegalStateException("column " + column + " is null where the schema has a value");
        }
        return value;
    }
}
