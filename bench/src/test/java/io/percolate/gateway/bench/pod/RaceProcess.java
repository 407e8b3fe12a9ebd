package io.percolate.gateway.bench.pod;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.RouteChanges;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.warmup.eviction.Eviction;
import io.percolate.gateway.warmup.eviction.EvictionConfig;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import io.percolate.gateway.warmup.pod.TierPodClient;
import io.percolate.gateway.warmup.wake.MoveConfig;
import io.percolate.gateway.warmup.wake.PostgresMoves;
import io.percolate.gateway.warmup.wake.PostgresWake;
import io.percolate.gateway.warmup.wake.WakeClock;
import io.percolate.gateway.warmup.wake.WarmupConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import reactor.core.scheduler.Schedulers;

/** What a gateway and a management process have of the wake, the routes and evictions, under one roof. */
final class RaceProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final EvictionConfig evictions;
    final ManagementDatabase database;
    final PostgresRouteDirectory routes;
    final TierPodClient pods;
    final PostgresWake wake;
    private final TenantMoves moves;
    private final RoutingNews news;

    RaceProcess(String url) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.ofEntries(
                Map.entry("MANAGEMENT_DB_URL", url),
                Map.entry("GATEWAY_DB_POOL_MIN", "0"),
                Map.entry("GATEWAY_DB_POOL_SIZE", "6"),
                Map.entry("GATEWAY_DB_ACQUIRE_TIMEOUT", "20s"),
                Map.entry("GATEWAY_DB_STATEMENT_TIMEOUT", "20s"),
                Map.entry("GATEWAY_DB_TRANSACTION_TIMEOUT", "20s"),
                Map.entry("GATEWAY_DB_CONNECT_TIMEOUT", "20s"),
                Map.entry("GATEWAY_WAKE_LEASE", "500ms"),
                Map.entry("GATEWAY_WAKE_BACKOFF_MIN", "5ms"),
                Map.entry("GATEWAY_WAKE_BACKOFF_MAX", "20ms"),
                Map.entry("GATEWAY_WAKE_BUSY_LIMIT", "200ms"),
                Map.entry("GATEWAY_MOVE_LEASE", "500ms"),
                Map.entry("GATEWAY_MOVE_NOTICE", "2ms"),
                Map.entry("GATEWAY_EVICT_LEASE", "500ms"),
                Map.entry("GATEWAY_EVICT_NOTICE", "2ms"),
                Map.entry("GATEWAY_POD_PROBE_INTERVAL_MIN", "2ms"),
                Map.entry("GATEWAY_POD_HEARTBEAT_MAX", "30m"),
                Map.entry("GATEWAY_POD_DEAD_AFTER", "30m"),
                Map.entry("GATEWAY_POD_CALL_TIMEOUT", "10s"))));
        NewsConfig newsConfig = NewsConfig.read(reader);
        WarmupConfig warmup = WarmupConfig.read(reader);
        evictions = EvictionConfig.read(reader);
        MoveConfig moveConfig = MoveConfig.read(reader);
        database = ManagementDatabase.open(DatabaseConfig.read(reader), "races", meters);
        routes = new PostgresRouteDirectory(database, DirectoryConfig.read(reader), meters);
        reader.finish();
        pods = new TierPodClient(warmup.pod());
        wake = PostgresWake.create(warmup, database, routes, pods, meters, UUID.randomUUID());
        moves = PostgresMoves.create(moveConfig, warmup, database, routes, wake, pods, meters);
        routes.start();
        news = new RoutingNews(database, newsConfig, List.of(new RouteChanges(routes, newsConfig)), meters);
        news.start();
    }

    /** Of an identity of its own, so that one that dies leaves its claim to others. */
    Eviction eviction() {
        return new Eviction(
                database, pods, new WakeClock(Schedulers.parallel(), System::nanoTime), evictions, UUID.randomUUID());
    }

    TenantMoves moves() {
        return moves;
    }

    @Override
    public void close() {
        wake.close();
        news.close();
        routes.close();
        pods.close();
        database.close().block(PATIENCE);
    }
}
