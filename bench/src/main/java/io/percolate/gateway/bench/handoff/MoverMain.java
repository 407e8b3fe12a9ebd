package io.percolate.gateway.bench.handoff;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.RouteChanges;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.process.ParentWatch;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.handoff.MoveOrder;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import io.percolate.gateway.warmup.handoff.MoveTarget;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import io.percolate.gateway.warmup.pod.TierPodClient;
import io.percolate.gateway.warmup.wake.MoveConfig;
import io.percolate.gateway.warmup.wake.PostgresMoves;
import io.percolate.gateway.warmup.wake.PostgresWake;
import io.percolate.gateway.warmup.wake.WarmupConfig;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Moves tenants at random between pods, at a given rate, until it is ended: what a management process has of moves,
 * without its API. Prints a {@link MoveRecord} for each,
 * and now and then its {@link MoveSteps}.
 */
public final class MoverMain {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration HOLD_MAX = Duration.ofSeconds(5);

    private static final long STEPS_SECONDS = 2;
    private static final long RETRY_NANOS = 200_000_000L;

    private final TenantMoves moves;
    private final List<TenantId> tenants;
    private final List<PodId> pods;
    private final long intervalNanos;

    private MoverMain(TenantMoves moves, List<TenantId> tenants, List<PodId> pods, long intervalNanos) {
        this.moves = moves;
        this.tenants = tenants;
        this.pods = pods;
        this.intervalNanos = intervalNanos;
    }

    /** Takes moves a second, workers and a seed. */
    public static void main(String... arguments) throws InterruptedException {
        double rate = Double.parseDouble(arguments[0]);
        int workers = Integer.parseInt(arguments[1]);
        long seed = Long.parseLong(arguments[2]);
        ConfigReader reader = new ConfigReader(ConfigSource.of(System.getenv()));
        DatabaseConfig databaseConfig = DatabaseConfig.read(reader);
        NewsConfig newsConfig = NewsConfig.read(reader);
        DirectoryConfig directoryConfig = DirectoryConfig.read(reader);
        WarmupConfig warmup = WarmupConfig.read(reader);
        MoveConfig moveConfig = MoveConfig.read(reader);
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        CountDownLatch stop = new CountDownLatch(1);
        ParentWatch.start(stop::countDown);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        ManagementDatabase database = ManagementDatabase.open(databaseConfig, "mover", meters);
        PostgresRouteDirectory routes = new PostgresRouteDirectory(database, directoryConfig, meters);
        TierPodClient client = new TierPodClient(warmup.pod());
        PostgresWake wake = PostgresWake.create(warmup, database, routes, client, meters, UUID.randomUUID());
        routes.start();
        new RoutingNews(database, newsConfig, List.of(new RouteChanges(routes, newsConfig)), meters).start();
        MoverMain mover = new MoverMain(
                PostgresMoves.create(moveConfig, warmup, database, routes, wake, client, meters),
                database.query(
                                "SELECT id FROM tenants ORDER BY id",
                                row -> new TenantId(Objects.requireNonNull(row.get("id", UUID.class))))
                        .blockOptional(PATIENCE)
                        .orElseThrow(),
                database.query(
                                "SELECT id FROM pods ORDER BY id",
                                row -> new PodId(Objects.requireNonNull(row.get("id", String.class))))
                        .blockOptional(PATIENCE)
                        .orElseThrow(),
                (long) (workers * 1e9 / rate));
        for (int i = 0; i < workers; i++) {
            SplittableRandom random = new SplittableRandom(seed + i);
            Thread.ofPlatform().daemon().start(() -> mover.run(random));
        }
        System.out.println(Fleet.MOVER_READY);
        while (!stop.await(STEPS_SECONDS, TimeUnit.SECONDS)) {
            MoveSteps.lines(meters).forEach(System.out::println);
        }
        Runtime.getRuntime().halt(0);
    }

    private void run(SplittableRandom random) {
        while (true) {
            long began = System.nanoTime();
            try {
                moveOne(random);
            } catch (DatabaseException away) {
                LockSupport.parkNanos(RETRY_NANOS);
            }
            // At irregular times, so that moves do not fall into step with their load.
            long interval = intervalNanos / 2 + random.nextLong(Math.max(1, intervalNanos));
            LockSupport.parkNanos(Math.max(0, began + interval - System.nanoTime()));
        }
    }

    private void moveOne(SplittableRandom random) {
        TenantId tenant = tenants.get(random.nextInt(tenants.size()));
        PodId pod = pods.get(random.nextInt(pods.size()));
        long began = System.nanoTime();
        MoveOutcome outcome = moves.move(new MoveOrder(tenant, new MoveTarget.Into(pod), HOLD_MAX))
                .blockOptional(PATIENCE)
                .orElseThrow();
        if (outcome instanceof MoveOutcome.Failed(String detail)) {
            System.out.println("tenant " + tenant + " was not moved to " + pod + ": " + detail);
        }
        if (!(outcome instanceof MoveOutcome.InPlace)) {
            System.out.println(
                    MoveRecord.of(tenant, outcome, began, System.nanoTime()).line());
        }
    }
}
