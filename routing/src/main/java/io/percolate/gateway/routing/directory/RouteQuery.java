package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.postgres.Statements;
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
import io.r2dbc.spi.Readable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Reads the routes of several tenants at once, all as of one moment. */
final class RouteQuery {
    static final String SQL = """
            SELECT asked.id AS asked, t.id, t.tier, t.status, t.security_mode, t.region, t.schema_name, t.shard_id,
                   s.state, s.epoch, s.version, s.pod_id, p.tier AS pod_tier, p.host, p.port,
                   d.version AS tombstone, %s
            FROM unnest($1::uuid[], $2::bigint[]) AS asked(id, version)
            LEFT JOIN tenants t ON t.id = asked.id
            LEFT JOIN tenant_states s ON s.tenant_id = asked.id
            LEFT JOIN pods p ON p.id = s.pod_id
            LEFT JOIN tenant_tombstones d ON d.tenant_id = asked.id AND s.tenant_id IS NULL
            WHERE COALESCE(s.version, d.version, 0) <> asked.version""".formatted(PlanLimits.SELECT);
    /** The same of a replica, with the mark ($3 whose) that its snapshot holds; at least one row. */
    static final String REPLICA_SQL =
            "SELECT marked.mark, routes.* FROM (SELECT (SELECT mark FROM replica_marks WHERE process = $3) AS mark) AS"
                    + " marked LEFT JOIN (" + SQL + ") AS routes ON TRUE";
    /** What is asked with in place of a version when none is known. */
    static final long NO_VERSION = -1;

    /** Pods, regions and shards are few, tenants many. */
    private static final CommonValues COMMON = new CommonValues();

    private RouteQuery() {}

    /** What came for one tenant; a row that this build cannot read fails that tenant alone. */
    sealed interface Answer {
        TenantId tenant();

        record Found(TenantId tenant, RouteLookup lookup) implements Answer {}

        record Unreadable(TenantId tenant, RuntimeException fault) implements Answer {}
    }

    /**
     * What a replica has said.
     *
     * @param mark that its snapshot holds; {@link #NO_MARK} when none
     */
    record Reading(long mark, List<Answer> answers) {}

    static final long NO_MARK = 0;

    /**
     * One answer, in any order, for each tenant that has another version than the known one, which may be {@link
     * #NO_VERSION}.
     */
    static Mono<List<Answer>> run(Statements statements, Map<TenantId, Long> knownVersions) {
        return statements.query(SQL, RouteQuery::answer, ids(knownVersions), versions(knownVersions));
    }

    /** Like {@link #run}, of a replica. */
    static Mono<Reading> runOnReplica(Statements replica, Map<TenantId, Long> knownVersions, UUID marker) {
        return replica.query(REPLICA_SQL, RouteQuery::marked, ids(knownVersions), versions(knownVersions), marker)
                .map(rows -> new Reading(
                        rows.getFirst().mark(),
                        rows.stream().flatMap(row -> row.answer().stream()).toList()));
    }

    private record Marked(long mark, Optional<Answer> answer) {}

    private static Marked marked(Readable row) {
        return new Marked(
                Objects.requireNonNullElse(row.get("mark", Long.class), NO_MARK),
                row.get("asked", UUID.class) == null ? Optional.empty() : Optional.of(answer(row)));
    }

    /** In the order of {@link #versions}. */
    private static UUID[] ids(Map<TenantId, Long> knownVersions) {
        return knownVersions.keySet().stream().map(TenantId::value).toArray(UUID[]::new);
    }

    private static Long[] versions(Map<TenantId, Long> knownVersions) {
        return knownVersions.values().toArray(Long[]::new);
    }

    private static Answer answer(Readable row) {
        TenantId tenant = new TenantId(required(row, "asked", UUID.class));
        try {
            return new Answer.Found(tenant, lookup(tenant, row));
        } catch (RuntimeException fault) {
            return new Answer.Unreadable(tenant, fault);
        }
    }

    private static RouteLookup lookup(TenantId tenant, Readable row) {
        if (row.get("id", UUID.class) == null) {
            return new RouteLookup.Unknown(tenant, Objects.requireNonNullElse(row.get("tombstone", Long.class), 0L));
        }
        long epoch = required(row, "epoch", Long.class);
        String shard = row.get("shard_id", String.class);
        return new RouteLookup.Known(new TenantRoute(
                tenant,
                Tier.valueOf(required(row, "tier", String.class)),
                choice(TenantStatus.class, required(row, "status", String.class)),
                choice(SecurityMode.class, required(row, "security_mode", String.class)),
                choice(Residency.class, required(row, "state", String.class)),
                placement(row, epoch),
                epoch,
                COMMON.of(required(row, "region", String.class)),
                row.get("schema_name", String.class),
                shard == null ? null : COMMON.of(shard),
                required(row, "version", Long.class),
                limits(row)));
    }

    private static PlanLimits limits(Readable row) {
        Long[] limits = row.get("limits", Long[].class);
        return limits == null ? PlanLimits.NONE : COMMON.of(PlanLimits.of(limits));
    }

    private static @Nullable Placement placement(Readable row, long epoch) {
        String pod = row.get("pod_id", String.class);
        return pod == null || epoch < 1
                ? null
                : new Placement(
                        COMMON.of(new PodId(pod)),
                        Tier.valueOf(required(row, "pod_tier", String.class)),
                        COMMON.of(new PodAddress(
                                required(row, "host", String.class), required(row, "port", Integer.class))),
                        epoch);
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String text) {
        return Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
