package io.percolate.gateway.bench.handoff.loss;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.Member;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** What the management database and process say of a fleet that loses pods. */
final class PodLoss {
    /** Seldom, for each look takes a connection or a page of metrics from those who are busy with the loss. */
    private static final long LOOK_NANOS = 250_000_000L;

    private static final Duration METRICS_MAX = Duration.ofSeconds(2);

    private final Fleet fleet;

    PodLoss(Fleet fleet) {
        this.fleet = fleet;
    }

    /** Which pod has each hot tenant in its memory. */
    Map<TenantId, String> hosts() {
        Map<TenantId, String> hosts = new HashMap<>();
        fleet.rows("SELECT tenant_id, pod_id FROM tenant_states WHERE state = 'hot'")
                .forEach(row -> hosts.put(TenantId.of(row.getFirst()), row.get(1)));
        return hosts;
    }

    /** Tenants of these tiers that are in a pod. */
    long outsideOfS3(Set<Tier> tiers) {
        String names = tiers.stream().map(tier -> "'" + tier + "'").collect(Collectors.joining(", "));
        return Long.parseLong(fleet.value("SELECT count(*) FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id"
                + " WHERE t.tier IN (" + names + ") AND s.state <> 'cold'"));
    }

    /** Hot tenants of each of these pods. */
    static Map<String, Long> counts(Map<TenantId, String> hosts, List<Member> pods) {
        Map<String, Long> counts = pods.stream().collect(Collectors.toMap(Member::name, pod -> 0L));
        hosts.values().forEach(pod -> counts.computeIfPresent(pod, (name, count) -> count + 1));
        return counts;
    }

    /** The greatest count over their mean; 0 where there is none. */
    static double unevenness(Map<String, Long> counts) {
        double mean =
                counts.values().stream().mapToLong(Long::longValue).average().orElse(0);
        return mean == 0
                ? 0
                : counts.values().stream().mapToLong(Long::longValue).max().orElse(0) / mean;
    }

    /** When the last snapshot of each tenant was begun, by this process's clock; tenants without one of their epoch lack. */
    Map<TenantId, Long> snapshotsNanos() {
        long now = System.nanoTime();
        Map<TenantId, Long> snapshots = new HashMap<>();
        fleet.rows("SELECT tenant_id, (EXTRACT(EPOCH FROM clock_timestamp() - snapshot_at) * 1000)::bigint"
                        + " FROM tenant_states WHERE state = 'hot' AND snapshot_epoch = epoch")
                .forEach(row ->
                        snapshots.put(TenantId.of(row.getFirst()), now - Long.parseLong(row.get(1)) * 1_000_000));
        return snapshots;
    }

    /** Blocks until the management process suspects a pod; when that was, or {@code until} where it was not by then. */
    long awaitSuspected(long until) {
        while (System.nanoTime() < until && !isSuspected()) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return System.nanoTime();
    }

    private boolean isSuspected() {
        HttpRequest request = HttpRequest.newBuilder(
                        fleet.managers().getFirst().url().resolve("/metrics"))
                .timeout(METRICS_MAX)
                .build();
        try {
            return fleet.http()
                    .send(request, BodyHandlers.ofString())
                    .body()
                    .lines()
                    .anyMatch(line ->
                            line.startsWith("pods_suspected") && !line.endsWith(" 0.0") && !line.endsWith(" 0"));
        } catch (IOException away) {
            return false;
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Blocks until all of these are declared lost; when that was, or {@code until} where it was not by then. */
    long awaitDeclared(List<Member> pods, long until) {
        String names = pods.stream().map(pod -> "'" + pod.name() + "'").collect(Collectors.joining(", "));
        String sql = "SELECT (EXTRACT(EPOCH FROM clock_timestamp() - lost_at) * 1000)::bigint FROM pods"
                + " WHERE lost_at IS NOT NULL AND id IN (" + names + ")";
        while (System.nanoTime() < until) {
            List<List<String>> agesMillis = fleet.rows(sql);
            long now = System.nanoTime();
            if (agesMillis.size() == pods.size()) {
                return agesMillis.stream()
                        .mapToLong(row -> now - Long.parseLong(row.getFirst()) * 1_000_000)
                        .max()
                        .orElse(now);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return until;
    }

    List<Member> podsOf(Tier tier) {
        return fleet.pods().stream().filter(pod -> pod.tier() == tier).toList();
    }
}
