package io.percolate.gateway.admin.migration.job;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.lifecycle.Evictions;
import io.percolate.gateway.admin.migration.MigrationConfig;
import io.percolate.gateway.admin.migration.MigrationKind;
import io.percolate.gateway.admin.migration.MigrationRows;
import io.percolate.gateway.admin.migration.TestOrders;
import io.percolate.gateway.admin.webhook.Outbox;
import io.percolate.gateway.admin.webhook.WebhookConfig;
import io.percolate.gateway.bench.pod.MemoryVault;
import io.percolate.gateway.bench.pod.TierPod;
import io.percolate.gateway.bench.pod.TierPodConfig;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.eviction.Eviction;
import io.percolate.gateway.warmup.eviction.EvictionConfig;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import io.percolate.gateway.warmup.pod.TierPodClient;
import io.percolate.gateway.warmup.wake.MoveConfig;
import io.percolate.gateway.warmup.wake.PostgresMoves;
import io.percolate.gateway.warmup.wake.PostgresWake;
import io.percolate.gateway.warmup.wake.WakeClock;
import io.percolate.gateway.warmup.wake.WarmupConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import reactor.core.scheduler.Schedulers;

/** PostgreSQL, reference pods, and what a management process's workers need of it all: jobs are the tests' own to carry out. */
final class JobFleet implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int CAPACITY = 100;

    private final TestDatabase postgres = PostgresFixture.freshDatabase();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Map<String, TierPod> pods = new LinkedHashMap<>();
    private final MemoryVault vault = new MemoryVault();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Path folder = TemporaryFolder.create("jobs");
    private final ManagementDatabase database;
    private final PostgresRouteDirectory directory;
    private final TierPodClient podClient;
    private final PostgresWake wake;
    private final TenantMoves moves;
    private final Evictions evictions;
    private final Outbox outbox;
    private final MigrationConfig config;

    /** @param podNames each begins with the letter of its tier; of the default region and of no shard */
    JobFleet(Map<String, String> settings, String... podNames) {
        Map<String, String> values = new HashMap<>(Map.of(
                "MANAGEMENT_DB_URL", postgres.url(),
                "GATEWAY_DB_POOL_MIN", "0",
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "20s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "20s",
                "GATEWAY_POD_CALL_TIMEOUT", "10s",
                "GATEWAY_ROUTES_LOAD_TIMEOUT", "20s",
                "GATEWAY_MOVE_NOTICE", "0s",
                "MANAGEMENT_WEBHOOK_URL", "http://127.0.0.1:1/",
                "MANAGEMENT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        values.putAll(settings);
        ConfigReader reader = new ConfigReader(ConfigSource.of(values));
        database = ManagementDatabase.open(DatabaseConfig.read(reader), "jobs", meters);
        WarmupConfig warmup = WarmupConfig.read(reader);
        directory = new PostgresRouteDirectory(database, DirectoryConfig.read(reader), meters);
        podClient = new TierPodClient(warmup.pod());
        wake = PostgresWake.create(warmup, database, directory, podClient, meters, UUID.randomUUID());
        directory.start();
        moves = PostgresMoves.create(MoveConfig.read(reader), warmup, database, directory, wake, podClient, meters);
        evictions = new Evictions(
                new Eviction(
                        database,
                        podClient,
                        new WakeClock(Schedulers.parallel(), System::nanoTime),
                        EvictionConfig.read(reader),
                        UUID.randomUUID()),
                database,
                meters,
                Duration.ofMillis(1));
        outbox = Outbox.of(WebhookConfig.read(reader));
        config = MigrationConfig.read(reader);
        for (String name : podNames) {
            pod(name, CAPACITY);
        }
    }

    /** Starts one that has so many places, by its own account and by its row's. */
    void pod(String name, int capacity) {
        String tier = name.substring(0, 1).toUpperCase(Locale.ROOT);
        TierPod pod = TierPod.start(
                TierPodConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                        "PERCOLATE_POD_ID",
                        name,
                        "PERCOLATE_TENANT_TIER",
                        tier,
                        "PERCOLATE_MAX_HOT_TENANTS",
                        Integer.toString(capacity),
                        "PERCOLATE_PORT",
                        "0",
                        "PERCOLATE_DATA_DIR",
                        folder.resolve(name).toString())))),
                Optional.empty(),
                Optional.of(vault));
        pods.put(name, pod);
        sql("INSERT INTO pods (id, tier, host, port, capacity, heartbeat_at) VALUES ('" + name + "', '" + tier
                + "', '127.0.0.1', " + pod.url().getPort() + ", " + capacity + ", now() + interval '1 hour')");
    }

    TenantMoves moves() {
        return moves;
    }

    MigrationConfig config() {
        return config;
    }

    SimpleMeterRegistry meters() {
        return meters;
    }

    /** The store of a worker of its own. */
    JobStore store() {
        return new PostgresJobStore(database, outbox, UUID.randomUUID(), config);
    }

    JobRun run(JobStore store, TenantMoves through) {
        return new JobRun(store, through, evictions, config);
    }

    /** A process's workers, of an identity of their own. */
    JobWorkers workers(MigrationConfig settings, TenantMoves through) {
        return new JobWorkers(
                settings,
                new PostgresJobStore(database, outbox, UUID.randomUUID(), settings),
                through,
                evictions,
                meters);
    }

    /** A tenant that was never anywhere. */
    TenantId tenant(String tier) {
        TenantId tenant = new TenantId(UUID.randomUUID());
        sql("INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant + "@example.org', '" + tier
                + "')");
        return tenant;
    }

    TenantId hotTenant(String tier) {
        TenantId tenant = tenant(tier);
        wake(tenant);
        return tenant;
    }

    void wake(TenantId tenant) {
        RouteLookup lookup = directory.refresh(tenant).block(PATIENCE);
        wake.wake(((RouteLookup.Known) Objects.requireNonNull(lookup)).route()).block(PATIENCE);
    }

    /** Onto the disk of its pod. */
    void evict(TenantId tenant) {
        evictions
                .find(tenant)
                .flatMap(found -> evictions.now(found.orElseThrow(), Residency.WARM))
                .block(PATIENCE);
    }

    /** As somebody orders it through the API. */
    UUID order(MigrationKind kind, String target, TenantId... tenants) {
        return Objects.requireNonNull(
                database.inTransaction(sql -> TestOrders.insert(sql, kind, target, List.of(tenants), config))
                        .block(PATIENCE));
    }

    void cancel(UUID migration) {
        database.inTransaction(sql -> MigrationRows.cancel(sql, migration)).block(PATIENCE);
    }

    /** What a lease's end looks like to all others. */
    void endLeases() {
        sql("UPDATE migration_jobs SET lease_until = now() - interval '1 second' WHERE status = 'running'");
    }

    void sql(String statements) {
        postgres.execute(statements);
    }

    /** The one value of a query about a tenant, which is its {@code $1}. */
    String value(String sql, TenantId tenant) {
        return Objects.requireNonNull(database.queryFirst(
                        sql, row -> String.valueOf(row.get(0, String.class)), tenant.value())
                .map(found -> found.orElse("no row"))
                .block(PATIENCE));
    }

    String where(TenantId tenant) {
        return value("SELECT state || ' ' || pod_id FROM tenant_states WHERE tenant_id = $1", tenant);
    }

    /** As a gateway would send it by the row as it is now. */
    String kept(TenantId tenant) {
        return send(tenant, "GET", BodyPublishers.noBody());
    }

    void keep(TenantId tenant, String value) {
        send(tenant, "PUT", BodyPublishers.ofString(value));
    }

    private String send(TenantId tenant, String method, HttpRequest.BodyPublisher body) {
        TierPod pod = Objects.requireNonNull(
                pods.get(value("SELECT pod_id FROM tenant_states WHERE tenant_id = $1", tenant)));
        try {
            var answer = http.send(
                    HttpRequest.newBuilder(pod.url().resolve("/kv/kept"))
                            .timeout(PATIENCE)
                            .header("X-Tenant-Id", tenant.toString())
                            .header("X-Tenant-Tier", value("SELECT tier FROM tenants WHERE id = $1", tenant))
                            .header(
                                    "X-Placement-Epoch",
                                    value("SELECT epoch::text FROM tenant_states WHERE tenant_id = $1", tenant))
                            .method(method, body)
                            .build(),
                    BodyHandlers.ofString());
            return answer.statusCode() < 300 ? answer.body() : "status " + answer.statusCode();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }

    @Override
    public void close() {
        wake.close();
        directory.close();
        podClient.close();
        http.close();
        database.close().block(PATIENCE);
        pods.values().forEach(TierPod::close);
        postgres.close();
        TemporaryFolder.delete(folder);
    }
}
