package io.percolate.gateway.routing.topology;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Reads the whole topology, in one statement and so as of one moment. */
final class TopologyQuery {
    private static final Logger log = LoggerFactory.getLogger(TopologyQuery.class);
    /** Rows of one reading: groups, shards, regions and the pods of shards. */
    static final int ROWS_MAX = 20_000;

    private static final String SQL = """
            SELECT 'group' AS kind, id, tier, NULL AS parent, generation AS number, NULL::float8 AS weight,
                   NULL AS status, NULL AS region, NULL AS host, NULL AS label
            FROM shard_groups
            UNION ALL
            SELECT 'shard', id, NULL, shard_group, NULL, weight, status, region, NULL, NULL FROM shards
            UNION ALL
            SELECT 'region', id, NULL, replica_region, failed_over::int, NULL, NULL, NULL, gateway_url, NULL FROM regions
            UNION ALL
            SELECT 'pod', id, tier, shard_id, port, NULL, NULL, region, host, version_label FROM pods
            WHERE shard_id IS NOT NULL AND status = 'ready'
              AND heartbeat_at > clock_timestamp() - $1 * interval '1 millisecond'
            LIMIT\s""" + (ROWS_MAX + 1);

    private TopologyQuery() {}

    private record Row(
            String kind,
            String id,
            @Nullable String tier,
            @Nullable String parent,
            long number,
            double weight,
            @Nullable String status,
            @Nullable String region,
            @Nullable String host,
            @Nullable String label) {
        static Row of(Readable row) {
            return new Row(
                    Objects.requireNonNull(row.get("kind", String.class)),
                    Objects.requireNonNull(row.get("id", String.class)),
                    row.get("tier", String.class),
                    row.get("parent", String.class),
                    Objects.requireNonNullElse(row.get("number", Long.class), 0L),
                    Objects.requireNonNullElse(row.get("weight", Double.class), 0.0),
                    row.get("status", String.class),
                    row.get("region", String.class),
                    row.get("host", String.class),
                    row.get("label", String.class));
        }
    }

    /** What was read, to be put together by whoever has the time. */
    record Reading(List<?> rows) {
        /** Takes milliseconds where there are many shards: not for an event loop. */
        Topology topology() {
            return assembled(rows.stream().map(Row.class::cast).toList());
        }
    }

    static Mono<Reading> run(Statements statements, Duration heartbeatMax) {
        return statements.query(SQL, Row::of, heartbeatMax.toMillis()).map(rows -> {
            if (rows.size() > ROWS_MAX) {
                throw new IllegalStateException(
                        "there are more than " + ROWS_MAX + " shards, pods of shards and regions together");
            }
            return new Reading(rows);
        });
    }

    private static Topology assembled(List<Row> rows) {
        Map<String, List<ShardPod>> pods = new HashMap<>();
        each(rows, "pod", TopologyQuery::pod)
                .forEach(pod -> pods.computeIfAbsent(pod.shard(), shard -> new ArrayList<>())
                        .add(pod.pod()));
        List<Shard> shards = each(rows, "shard", row -> shard(row, pods.getOrDefault(row.id(), List.of())));
        List<ShardGroup> groups = each(
                rows,
                "group",
                row -> ShardGroup.of(
                        row.id(),
                        row.number(),
                        row.tier() == null ? null : Tier.valueOf(row.tier()),
                        shards.stream()
                                .filter(shard -> shard.group().equals(row.id()))
                                .toList()));
        return new Topology(groups, shards, each(rows, "region", TopologyQuery::region));
    }

    /** A row that cannot be understood is left out, and does not take the others along. */
    private static <T> List<T> each(List<Row> rows, String kind, Function<Row, T> read) {
        List<T> all = new ArrayList<>();
        for (Row row : rows) {
            if (row.kind().equals(kind)) {
                try {
                    all.add(read.apply(row));
                } catch (RuntimeException fault) {
                    log.error("the {} '{}' of the topology cannot be used", kind, row.id(), fault);
                }
            }
        }
        return all;
    }

    private record PodOfShard(String shard, ShardPod pod) {}

    private static PodOfShard pod(Row row) {
        return new PodOfShard(
                Objects.requireNonNull(row.parent()),
                new ShardPod(
                        new PodId(row.id()),
                        Tier.valueOf(Objects.requireNonNull(row.tier())),
                        new PodAddress(Objects.requireNonNull(row.host()), Math.toIntExact(row.number())),
                        row.label()));
    }

    private static Shard shard(Row row, List<ShardPod> pods) {
        return new Shard(
                new ShardId(row.id()),
                Objects.requireNonNull(row.parent()),
                row.weight(),
                ShardStatus.valueOf(Objects.requireNonNull(row.status()).toUpperCase(Locale.ROOT)),
                new RegionId(Objects.requireNonNull(row.region())),
                pods);
    }

    private static Region region(Row row) {
        return new Region(
                new RegionId(row.id()),
                gateway(row),
                row.parent() == null ? null : new RegionId(row.parent()),
                row.number() != 0);
    }

    private static @Nullable URI gateway(Row row) {
        String url = row.host();
        if (url == null || url.isBlank()) {
            return null;
        }
        try {
            URI gateway = URI.create(url.strip());
            boolean usable = ("http".equals(gateway.getScheme()) || "https".equals(gateway.getScheme()))
                    && gateway.getHost() != null
                    && (gateway.getRawPath().isEmpty() || gateway.getRawPath().equals("/"));
            if (usable) {
                return gateway;
            }
        } catch (IllegalArgumentException malformed) {
            log.debug("not a URL", malformed);
        }
        log.error(
                "region {} has no usable gateway_url: expected http://host:port or https://, got '{}'", row.id(), url);
        return null;
    }
}
