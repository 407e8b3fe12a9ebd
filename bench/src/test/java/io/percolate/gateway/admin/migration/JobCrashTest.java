package io.percolate.gateway.admin.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.lifecycle.Evictions;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A worker dies before and after each call that a job makes, over real pods and PostgreSQL, and another goes on: the job comes
 * to the end that it would have come to, once.
 */
class JobCrashTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int CALLS_MAX = 40;

    private static final TestDatabase POSTGRES = PostgresFixture.freshDatabase();
    private static final List<TierPod> PODS = new ArrayList<>();
    private static final SimpleMeterRegistry METERS = new SimpleMeterRegistry();

    private static Path folder;
    private static ManagementDatabase database;
    private static PostgresRouteDirectory directory;
    private static TierPodClient podClient;
    private static PostgresWake wake;
    private static TenantMoves moves;
    private static Evictions evictions;
    private static Outbox outbox;
    private static MigrationConfig config;

    @BeforeAll
    static void start() {
        folder = TemporaryFolder.create("job-crashes");
        ConfigReader reader = new ConfigReader(ConfigSource.of(new HashMap<>(Map.of(
                "MANAGEMENT_DB_URL", POSTGRES.url(),
                "GATEWAY_DB_POOL_MIN", "0",
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "20s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "20s",
                "GATEWAY_POD_CALL_TIMEOUT", "10s",
                "GATEWAY_ROUTES_LOAD_TIMEOUT", "20s",
                "GATEWAY_MOVE_NOTICE", "0s",
                "MANAGEMENT_MIGRATION_ATTEMPTS_MAX", "60",
                "MANAGEMENT_WEBHOOK_URL", "http://127.0.0.1:1/",
                "MANAGEMENT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))));
        database = ManagementDatabase.open(DatabaseConfig.read(reader), "crashes", METERS);
        WarmupConfig warmup = WarmupConfig.read(reader);
        directory = new PostgresRouteDirectory(database, DirectoryConfig.read(reader), METERS);
        podClient = new TierPodClient(warmup.pod());
        wake = PostgresWake.create(warmup, database, directory, podClient, METERS, UUID.randomUUID());
        directory.start();
        moves = PostgresMoves.create(MoveConfig.read(reader), warmup, database, directory, wake, podClient, METERS);
        evictions = new Evictions(
                new Eviction(
                        database,
                        podClient,
                        new WakeClock(Schedulers.parallel(), System::nanoTime),
                        EvictionConfig.read(reader),
                        UUID.randomUUID()),
                database,
                METERS,
                Duration.ofMillis(1));
        outbox = Outbox.of(WebhookConfig.read(reader));
        config = MigrationConfig.read(reader);
        MemoryVault vault = new MemoryVault();
        for (String name : List.of("a-0", "b-0", "b-1")) {
            TierPod pod = TierPod.start(
                    TierPodConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                            "PERCOLATE_POD_ID",
                            name,
                            "PERCOLATE_TENANT_TIER",
                            name.substring(0, 1).toUpperCase(java.util.Locale.ROOT),
                            "PERCOLATE_MAX_HOT_TENANTS",
                            "100",
                            "PERCOLATE_PORT",
                            "0",
                            "PERCOLATE_DATA_DIR",
                            folder.resolve(name).toString())))),
                    Optional.empty(),
                    Optional.of(vault));
            PODS.add(pod);
            POSTGRES.execute("INSERT INTO pods (id, tier, host, port, capacity, heartbeat_at) VALUES ('" + name + "', '"
                    + name.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + "', '127.0.0.1', "
                    + pod.url().getPort() + ", 100, now() + interval '1 hour')");
        }
    }

    @AfterAll
    static void stop() {
        wake.close();
        directory.close();
        podClient.close();
        database.close().block(PATIENCE);
        PODS.forEach(TierPod::close);
        POSTGRES.close();
        TemporaryFolder.delete(folder);
    }

    @Test
    void aChangeOfTierComesToItsEndWhereverItIsCutOff() {
        int crashes = everywhere("tier", "B", "A", false, tenant -> {
            assertThat(value("SELECT tier FROM tenants WHERE id = $1", tenant)).isEqualTo("A");
            assertThat(value("SELECT state || ' ' || pod_id FROM tenant_states WHERE tenant_id = $1", tenant))
                    .isEqualTo("hot a-0");
            assertThat(jobs(tenant)).isEqualTo("completed done");
        });

        assertThat(crashes).as("calls to die at").isGreaterThanOrEqualTo(6);
    }

    @Test
    void whatIsCanceledIsUndoneWhereverItIsCutOff() {
        int crashes = everywhere("tier", "B", "A", true, tenant -> {
            assertThat(value("SELECT tier FROM tenants WHERE id = $1", tenant)).isEqualTo("B");
            assertThat(value("SELECT state FROM tenant_states WHERE tenant_id = $1", tenant))
                    .isEqualTo("hot");
            assertThat(value("SELECT pod_id FROM tenant_states WHERE tenant_id = $1", tenant))
                    .startsWith("b-");
            assertThat(jobs(tenant)).isEqualTo("canceled done");
        });

        assertThat(crashes).as("calls to die at").isGreaterThanOrEqualTo(6);
    }

    private interface Check {
        void of(TenantId tenant);
    }

    /** Dies at one call after the other, until a run has none left to die at; how many there were. */
    private static int everywhere(String kind, String source, String target, boolean cancel, Check check) {
        for (int at = 1; at < CALLS_MAX; at++) {
            TenantId tenant = hotTenant(source);
            UUID migration = order(kind, source, target, tenant, cancel);
            Death death = new Death(at);
            Worker mortal = new Worker(death);
            mortal.run();
            POSTGRES.execute(
                    "UPDATE migration_jobs SET lease_until = now() - interval '1 second' WHERE status = 'running'");
            Worker heir = new Worker(new Death(Integer.MAX_VALUE));
            heir.run();

            check.of(tenant);
            assertThat(value(
                            "SELECT m.status FROM migrations m JOIN migration_jobs j ON j.migration_id = m.id"
                                    + " WHERE j.tenant_id = $1",
                            tenant))
                    .as("migration %s, dead at call %d", migration, at)
                    .isEqualTo(cancel ? "canceled" : "completed");
            assertThat(value(
                            "SELECT count(*)::text FROM webhook_deliveries WHERE payload->>'tenant' = $1::uuid::text",
                            tenant))
                    .as("told once, dead at call %d", at)
                    .isEqualTo("1");
            if (!death.came) {
                return at - 1;
            }
        }
        throw new AssertionError("a job makes more than " + CALLS_MAX + " calls");
    }

    private static TenantId hotTenant(String tier) {
        TenantId tenant = new TenantId(UUID.randomUUID());
        POSTGRES.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant
                + "@example.org', '" + tier + "')");
        RouteLookup lookup = directory.refresh(tenant).block(PATIENCE);
        wake.wake(((RouteLookup.Known) Objects.requireNonNull(lookup)).route()).block(PATIENCE);
        return tenant;
    }

    /** With {@code cancel} it is canceled after it has changed the tenant's setting, and before anything else. */
    private static UUID order(String kind, String source, String target, TenantId tenant, boolean cancel) {
        UUID migration = UUID.randomUUID();
        POSTGRES.execute("INSERT INTO migrations (id, kind, target, concurrency_max, hold_max_ms, status) VALUES ('"
                + migration + "', '" + kind + "', '" + target + "', 1, 4000, '" + (cancel ? "canceled" : "running")
                + "'); INSERT INTO migration_jobs (migration_id, tenant_id, kind, source, target, step) VALUES ('"
                + migration + "', '" + tenant + "', '" + kind + "', '" + source + "', '" + target + "', '"
                + (cancel ? "hand_off" : "start") + "')");
        if (cancel) {
            POSTGRES.execute("UPDATE tenants SET tier = '" + target + "' WHERE id = '" + tenant + "'");
        }
        return migration;
    }

    private static String jobs(TenantId tenant) {
        return value("SELECT string_agg(status || ' ' || step, ', ') FROM migration_jobs WHERE tenant_id = $1", tenant);
    }

    private static String value(String sql, TenantId tenant) {
        return Objects.requireNonNull(database.queryFirst(
                        sql, row -> String.valueOf(row.get(0, String.class)), tenant.value())
                .map(found -> found.orElse("no row"))
                .block(PATIENCE));
    }

    /** When a worker dies: at the n-th of its calls, each counted before it is made and after it was answered. */
    private static final class Death {
        private int callsLeft;
        boolean came;

        Death(int at) {
            this.callsLeft = at;
        }

        <T> Mono<T> at(Mono<T> call) {
            return this.<T>maybe().then(call).flatMap(answer -> this.<T>maybe().thenReturn(answer));
        }

        /** A call without an answer. */
        Mono<Void> atEnd(Mono<Void> call) {
            return this.<Void>maybe().then(call).then(Mono.defer(this::maybe));
        }

        private <T> Mono<T> maybe() {
            return Mono.defer(() -> {
                if (came || --callsLeft <= 0) {
                    came = true;
                    return Mono.error(new Died());
                }
                return Mono.empty();
            });
        }
    }

    private static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Died() {
            super("this worker is dead");
        }
    }

    /** One process's worker, which claims what is due and carries it on until there is nothing more, or it dies. */
    private static final class Worker implements JobStore {
        private final Death death;
        private final JobStore store = new PostgresJobStore(database, outbox, UUID.randomUUID(), config);
        private final JobRun run;

        Worker(Death death) {
            this.death = death;
            this.run = new JobRun(this, order -> death.at(moves.move(order)), evictions, config);
        }

        void run() {
            for (int looks = 0; looks < CALLS_MAX; looks++) {
                try {
                    List<Job> jobs = Objects.requireNonNull(claim(1).block(PATIENCE));
                    if (jobs.isEmpty()) {
                        return;
                    }
                    run.run(jobs.getFirst()).block(PATIENCE);
                    POSTGRES.execute("UPDATE migration_jobs SET retry_at = NULL WHERE status = 'pending'");
                } catch (Died end) {
                    return;
                }
            }
            throw new AssertionError("its job never ends");
        }

        @Override
        public Mono<List<Job>> claim(int jobsMax) {
            return death.at(store.claim(jobsMax));
        }

        @Override
        public Mono<Set<UUID>> renew(Collection<UUID> jobs) {
            return store.renew(jobs);
        }

        @Override
        public Mono<Job> enter(Job job, JobStep step) {
            return death.at(store.enter(job, step));
        }

        @Override
        public Mono<Job> redirect(Job job) {
            return death.at(store.redirect(job));
        }

        @Override
        public Mono<Boolean> revert(Job job) {
            return death.at(store.revert(job));
        }

        @Override
        public Mono<Void> postpone(Job job, JobStep step, Duration by, String why) {
            return death.atEnd(store.postpone(job, step, by, why));
        }

        @Override
        public Mono<Void> end(Job job, JobResult result) {
            return death.atEnd(store.end(job, result));
        }

        @Override
        public Mono<Void> release(Collection<UUID> jobs) {
            return store.release(jobs);
        }
    }
}
