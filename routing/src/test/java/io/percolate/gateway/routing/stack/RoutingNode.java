package io.percolate.gateway.routing.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.directory.SharedRoutes;
import io.percolate.gateway.routing.fleet.CacheFlushes;
import io.percolate.gateway.routing.fleet.FleetFlush;
import io.percolate.gateway.routing.fleet.Gateway;
import io.percolate.gateway.routing.fleet.GatewayRegistry;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.RouteChanges;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.replica.ReadReplicas;
import io.percolate.gateway.routing.replica.ReplicaConfig;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** All that routing runs in one process, against a real database. */
public final class RoutingNode implements AutoCloseable {
    private static final String REPLICAS = "GATEWAY_DB_REPLICA";
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    public final String applicationName = "node-" + UUID.randomUUID();
    public final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    public final ManagementDatabase database;
    public final CountingStatements loads;
    public final ReadReplicas replicas;
    public final PostgresRouteDirectory directory;
    public final GatewayRegistry registry;
    public final CacheFlushes flushes;
    public final FleetFlush fleet;
    public final RoutingNews news;

    private RoutingNode(Map<String, String> settings) {
        NewsConfig newsConfig =
                Settings.read(NewsConfig::read, settings, "GATEWAY_ROUTES_PROBE", "GATEWAY_ROUTES_RESYNC");
        Map<String, String> others = new HashMap<>(settings);
        others.keySet().removeIf(key -> key.startsWith(REPLICAS));
        DatabaseConfig databaseConfig = Settings.read(DatabaseConfig::read, others, "MANAGEMENT_DB", "GATEWAY_DB");
        database = ManagementDatabase.open(databaseConfig, applicationName, meters);
        loads = new CountingStatements(database);
        replicas = ReadReplicas.open(
                database,
                databaseConfig,
                Settings.read(ReplicaConfig::read, settings, REPLICAS),
                applicationName,
                meters);
        directory = new PostgresRouteDirectory(
                loads,
                SharedRoutes.NONE,
                replicas,
                Settings.read(
                        DirectoryConfig::read,
                        settings,
                        "GATEWAY_ROUTES_LOAD",
                        "GATEWAY_ROUTES_STALE",
                        "GATEWAY_ROUTES_UNKNOWN",
                        "GATEWAY_ROUTES_REVALIDATE",
                        "GATEWAY_ROUTES_REFRESH"),
                meters);
        registry = new GatewayRegistry(database, Gateway.starting("localhost", 1, "test"));
        flushes = new CacheFlushes(database, registry.gateway(), List.of(directory), meters);
        fleet = new FleetFlush(database);
        news = new RoutingNews(
                database, newsConfig, List.of(new RouteChanges(directory, newsConfig), flushes, fleet), meters);
    }

    /** A node that hears changes. */
    public static RoutingNode start(TestDatabase postgres, String... settings) {
        RoutingNode node = deaf(postgres, settings);
        node.news.start();
        node.awaitConnected();
        return node;
    }

    /** A node that does not listen yet. Time-outs are those of a busy machine, unless given. */
    public static RoutingNode deaf(TestDatabase postgres, String... settings) {
        Map<String, String> all = new HashMap<>(Map.of(
                "MANAGEMENT_DB_URL",
                postgres.url(),
                "GATEWAY_DB_ACQUIRE_TIMEOUT",
                "5s",
                "GATEWAY_DB_STATEMENT_TIMEOUT",
                "5s",
                "GATEWAY_DB_CONNECT_TIMEOUT",
                "5s",
                "GATEWAY_ROUTES_LOAD_TIMEOUT",
                "5s",
                "GATEWAY_ROUTES_PROBE_INTERVAL",
                "100ms",
                "GATEWAY_ROUTES_PROBE_TIMEOUT",
                "2s"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        RoutingNode node = new RoutingNode(all);
        node.directory.start();
        node.replicas.start();
        return node;
    }

    public void awaitConnected() {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> news.status().connected());
    }

    public void awaitDisconnected() {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> !news.status().connected());
    }

    public RouteLookup lookup(TenantId tenant) {
        return directory.lookup(tenant).block(PATIENCE);
    }

    public TenantRoute route(TenantId tenant) {
        RouteLookup lookup = lookup(tenant);
        assertThat(lookup).isInstanceOf(RouteLookup.Known.class);
        return ((RouteLookup.Known) lookup).route();
    }

    /** The route that {@code cached} answers, or null. */
    public TenantRoute cachedRoute(TenantId tenant) {
        return directory.cached(tenant) instanceof RouteLookup.Known known ? known.route() : null;
    }

    @Override
    public void close() {
        news.close();
        directory.close();
        replicas.close().block(PATIENCE);
        registry.close().onErrorComplete().block(PATIENCE);
        database.close().block(PATIENCE);
    }
}
