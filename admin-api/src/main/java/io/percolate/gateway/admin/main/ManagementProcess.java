package io.percolate.gateway.admin.main;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.percolate.gateway.admin.audit.AuditResource;
import io.percolate.gateway.admin.event.ChangeFeed;
import io.percolate.gateway.admin.event.EventResource;
import io.percolate.gateway.admin.event.FlushConfirmationEvents;
import io.percolate.gateway.admin.event.FlushEvents;
import io.percolate.gateway.admin.event.MoveEvents;
import io.percolate.gateway.admin.event.RouteEvents;
import io.percolate.gateway.admin.flush.FlushResource;
import io.percolate.gateway.admin.http.AdminServer;
import io.percolate.gateway.admin.http.Route;
import io.percolate.gateway.admin.migration.MigrationOrders;
import io.percolate.gateway.admin.migration.MigrationResource;
import io.percolate.gateway.admin.migration.drain.DrainResource;
import io.percolate.gateway.admin.pod.PodResource;
import io.percolate.gateway.admin.rebalance.RebalanceResource;
import io.percolate.gateway.admin.revocation.RevocationResource;
import io.percolate.gateway.admin.schedule.WakeScheduleResource;
import io.percolate.gateway.admin.shard.ShardResource;
import io.percolate.gateway.admin.tenant.RouteResource;
import io.percolate.gateway.admin.tenant.TenantResource;
import io.percolate.gateway.admin.tenant.UsageResource;
import io.percolate.gateway.routing.fleet.FleetFlush;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.redis.SecondLevel;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The management process: puts its parts together, starts them in the order in which they need each other, and stops
 * them in the other one. For mains and tests: starting and closing block.
 */
public final class ManagementProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ManagementProcess.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final AdminConfig config;
    private final ManagementDatabase database;
    private final FleetWake wake;
    private final SecondLevel shared;
    private final FleetLifeCycle lifeCycle;
    private final FleetMoves moves;
    private final TierScaling scaling;
    private final RoutingNews news;
    private final ChangeFeed feed;
    private final HealthResource health;
    private final List<Route> routes;
    private final AdminServer server;

    private ManagementProcess(
            AdminConfig config,
            ManagementDatabase database,
            FleetWake wake,
            SecondLevel shared,
            FleetLifeCycle lifeCycle,
            FleetMoves moves,
            TierScaling scaling,
            RoutingNews news,
            ChangeFeed feed,
            HealthResource health,
            List<Route> routes,
            AdminServer server) {
        this.config = config;
        this.database = database;
        this.wake = wake;
        this.shared = shared;
        this.lifeCycle = lifeCycle;
        this.moves = moves;
        this.scaling = scaling;
        this.news = news;
        this.feed = feed;
        this.health = health;
        this.routes = routes;
        this.server = server;
    }

    /**
     * Starts listening once the database has the schema that this build needs.
     *
     * <p>Throws {@code SchemaException} when it has not, {@code DatabaseException} when it does not answer, and Netty's
     * {@code BindException} when the address is taken; nothing is left behind then.
     */
    public static ManagementProcess start(ManagementConfig config) {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        watchProcess(meters);
        ManagementDatabase database = ManagementDatabase.open(config.database(), "percolate-management", meters);
        FleetWake wake = FleetWake.open(config, database, meters);
        // Changes that this process hears, above all its own, reach gateways by Redis, too.
        SecondLevel shared = SecondLevel.open(config.redis(), meters, Clock.systemUTC());
        try {
            config.databaseStart().schema(database).block();
            return assemble(config, meters, database, wake, shared);
        } catch (RuntimeException failed) {
            shared.close().block(CLOSE_TIMEOUT);
            wake.close();
            database.close().block(CLOSE_TIMEOUT);
            throw failed;
        }
    }

    private static ManagementProcess assemble(
            ManagementConfig config,
            PrometheusMeterRegistry meters,
            ManagementDatabase database,
            FleetWake wake,
            SecondLevel shared) {
        AdminConfig admin = config.admin();
        Duration heartbeatMax = config.warmup().pod().heartbeatMax();
        ChangeFeed feed = new ChangeFeed(admin.eventStreamsMax(), admin.eventHeartbeat(), meters);
        FleetFlush flushes = new FleetFlush(database);
        RoutingNews news = new RoutingNews(
                database,
                config.news(),
                List.of(
                        shared.follower(new RouteEvents(feed, wake.routes()), wake.routes(), config.news()),
                        new FlushEvents(feed),
                        new MoveEvents(feed),
                        new FlushConfirmationEvents(feed, flushes)),
                meters);
        FleetLifeCycle lifeCycle = FleetLifeCycle.of(config, database, wake, meters);
        FleetMoves moves = FleetMoves.of(config, database, wake, lifeCycle.evictions(), meters);
        TierScaling scaling = TierScaling.of(config, database, lifeCycle.evictions(), meters);
        HealthResource health = new HealthResource(database);
        ManagementRoutes routes = new ManagementRoutes(
                new TenantResource(
                        database, new MigrationOrders(config.migrations().migration())),
                new RouteResource(database, wake.wake(), lifeCycle.evictions(), heartbeatMax),
                new WakeScheduleResource(database, Clock.systemUTC()),
                new UsageResource(database),
                new PodResource(database, heartbeatMax),
                new ShardResource(database),
                new DrainResource(database, config.migrations().migration()),
                new MigrationResource(database, config.migrations().migration()),
                new RebalanceResource(
                        database,
                        config.migrations().rebalance(),
                        heartbeatMax,
                        config.migrations().migration().holdMax()),
                new FlushResource(database, flushes, admin.flushWait()),
                new RevocationResource(database),
                new AuditResource(database),
                new EventResource(feed),
                health,
                new MetricsResource(meters),
                new OpenApiResource());
        List<Route> table = routes.table(admin);
        AdminServer server =
                AdminServer.start(admin.http(), table, admin.tokens(), meters).block();
        news.start();
        lifeCycle.start();
        moves.start();
        scaling.start();
        return new ManagementProcess(
                admin,
                database,
                wake,
                shared,
                lifeCycle,
                moves,
                scaling,
                news,
                feed,
                health,
                table,
                Objects.requireNonNull(server));
    }

    /** Where the API listens. */
    public int port() {
        return server.port();
    }

    /** What the API answers. */
    public List<Route> routes() {
        return routes;
    }

    /** Finishes the requests under way, within the configured grace, and lets go of everything. */
    @Override
    public void close() {
        LOG.info("management process stops");
        health.stopping();
        moves.stop().block(CLOSE_TIMEOUT);
        lifeCycle.stop().block(CLOSE_TIMEOUT);
        scaling.stop().block(CLOSE_TIMEOUT);
        feed.close();
        server.stop(config.stopGrace()).block(config.stopGrace().plus(CLOSE_TIMEOUT));
        news.close();
        wake.close();
        shared.close().block(CLOSE_TIMEOUT);
        database.close().block(CLOSE_TIMEOUT);
    }

    @SuppressWarnings("resource") // Lives as long as the process.
    private static void watchProcess(MeterRegistry meters) {
        new JvmMemoryMetrics().bindTo(meters);
        new JvmGcMetrics().bindTo(meters);
        new JvmThreadMetrics().bindTo(meters);
        new ProcessorMetrics().bindTo(meters);
        new UptimeMetrics().bindTo(meters);
    }
}
