package io.percolate.gateway.admin.migration.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/**
 * A worker dies before and after each call that a job makes, over real pods and PostgreSQL, and another goes on: the job comes
 * to the end that it would have come to, once.
 */
class JobCrashTest {
    private static final int CALLS_MAX = 40;

    private static JobFleet fleet;

    @BeforeAll
    static void start() {
        fleet = new JobFleet(Map.of("MANAGEMENT_MIGRATION_ATTEMPTS_MAX", "60"), "a-0", "b-0", "b-1", "b-west");
        fleet.sql("INSERT INTO regions (id) VALUES ('west')");
        fleet.sql("UPDATE pods SET region = 'west' WHERE id = 'b-west'");
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @Test
    void aChangeOfTierComesToItsEndWhereverItIsCutOff() {
        int crashes = everywhere("tier", "B", "A", false, tenant -> {
            assertThat(fleet.value("SELECT tier FROM tenants WHERE id = $1", tenant))
                    .isEqualTo("A");
            assertThat(fleet.value("SELECT state || ' ' || pod_id FROM tenant_states WHERE tenant_id = $1", tenant))
                    .isEqualTo("hot a-0");
            assertThat(jobs(tenant)).isEqualTo("completed done");
        });

        assertThat(crashes).as("calls to die at").isGreaterThanOrEqualTo(6);
    }

    @Test
    void aChangeOfRegionComesToItsEndWhereverItIsCutOff() {
        int crashes = everywhere("region", "default", "west", false, tenant -> {
            assertThat(fleet.value("SELECT region FROM tenants WHERE id = $1", tenant))
                    .isEqualTo("west");
            assertThat(fleet.value("SELECT state || ' ' || pod_id FROM tenant_states WHERE tenant_id = $1", tenant))
                    .isEqualTo("hot b-west");
            assertThat(jobs(tenant)).isEqualTo("completed done");
        });

        assertThat(crashes).as("calls to die at").isGreaterThanOrEqualTo(6);
    }

    @Test
    void whatIsCanceledIsUndoneWhereverItIsCutOff() {
        int crashes = everywhere("tier", "B", "A", true, tenant -> {
            assertThat(fleet.value("SELECT tier FROM tenants WHERE id = $1", tenant))
                    .isEqualTo("B");
            assertThat(fleet.value("SELECT state FROM tenant_states WHERE tenant_id = $1", tenant))
                    .isEqualTo("hot");
            assertThat(fleet.value("SELECT pod_id FROM tenant_states WHERE tenant_id = $1", tenant))
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
            TenantId tenant = fleet.hotTenant(kind.equals("tier") ? source : "B");
            UUID migration = order(kind, source, target, tenant, cancel);
            Death death = new Death(at);
            Worker mortal = new Worker(death);
            mortal.run();
            fleet.endLeases();
            Worker heir = new Worker(new Death(Integer.MAX_VALUE));
            heir.run();

            check.of(tenant);
            assertThat(fleet.value(
                            "SELECT m.status FROM migrations m JOIN migration_jobs j ON j.migration_id = m.id"
                                    + " WHERE j.tenant_id = $1",
                            tenant))
                    .as("migration %s, dead at call %d", migration, at)
                    .isEqualTo(cancel ? "canceled" : "completed");
            assertThat(fleet.value(
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

    /** With {@code cancel} it is canceled after it has changed the tenant's setting, and before anything else. */
    private static UUID order(String kind, String source, String target, TenantId tenant, boolean cancel) {
        UUID migration = UUID.randomUUID();
        fleet.sql("INSERT INTO migrations (id, kind, target, concurrency_max, hold_max_ms, status) VALUES ('"
                + migration + "', '" + kind + "', '" + target + "', 1, 4000, '" + (cancel ? "canceled" : "running")
                + "'); INSERT INTO migration_jobs (migration_id, tenant_id, kind, source, target, step) VALUES ('"
                + migration + "', '" + tenant + "', '" + kind + "', '" + source + "', '" + target + "', '"
                + (cancel ? "hand_off" : "start") + "')");
        if (cancel) {
            fleet.sql("UPDATE tenants SET tier = '" + target + "' WHERE id = '" + tenant + "'");
        }
        return migration;
    }

    private static String jobs(TenantId tenant) {
        return fleet.value(
                "SELECT string_agg(status || ' ' || step, ', ') FROM migration_jobs WHERE tenant_id = $1", tenant);
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
        private final JobStore store = fleet.store();
        private final JobRun run;

        Worker(Death death) {
            this.death = death;
            this.run = fleet.run(this, order -> death.at(fleet.moves().move(order)));
        }

        void run() {
            for (int looks = 0; looks < CALLS_MAX; looks++) {
                try {
                    List<Job> jobs = Objects.requireNonNull(claim(1).block(JobFleet.PATIENCE));
                    if (jobs.isEmpty()) {
                        return;
                    }
                    run.run(jobs.getFirst()).block(JobFleet.PATIENCE);
                    fleet.sql("UPDATE migration_jobs SET retry_at = NULL WHERE status = 'pending'");
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
        public Mono<Void> revert(Job job) {
            return death.atEnd(store.revert(job));
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
