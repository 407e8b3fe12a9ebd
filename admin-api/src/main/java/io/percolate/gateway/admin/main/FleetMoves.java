package io.percolate.gateway.admin.main;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.admin.health.LostTenants;
import io.percolate.gateway.admin.health.PodHealth;
import io.percolate.gateway.admin.health.Reconciliation;
import io.percolate.gateway.admin.health.Snapshots;
import io.percolate.gateway.admin.lifecycle.Evictions;
import io.percolate.gateway.admin.migration.MigrationRetention;
import io.percolate.gateway.admin.migration.drain.Drains;
import io.percolate.gateway.admin.migration.job.JobWorkers;
import io.percolate.gateway.admin.webhook.Outbox;
import io.percolate.gateway.admin.webhook.WebhookDelivery;
import io.percolate.gateway.admin.work.WorkLoop;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.warmup.wake.WakeClock;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What this process does by itself with pods and for those who leave them: jobs of migrations, drains, losses, snapshots. */
final class FleetMoves {
    private static final Duration SNAPSHOT_INTERVAL = Duration.ofSeconds(1);
    private static final Duration WEBHOOK_INTERVAL = Duration.ofSeconds(1);
    private static final Duration RETENTION_INTERVAL = Duration.ofMinutes(1);

    private final JobWorkers workers;
    private final LostTenants lost;
    private final WebhookDelivery webhooks;
    private final List<WorkLoop> loops;

    private FleetMoves(JobWorkers workers, LostTenants lost, WebhookDelivery webhooks, List<WorkLoop> loops) {
        this.workers = workers;
        this.lost = lost;
        this.webhooks = webhooks;
        this.loops = loops;
    }

    static FleetMoves of(
            ManagementConfig config,
            ManagementDatabase database,
            FleetWake wake,
            Evictions evictions,
            MeterRegistry meters) {
        MigrationsConfig moves = config.migrations();
        Outbox outbox = Outbox.of(moves.webhook());
        PodHealth health = new PodHealth(
                moves.health(),
                config.warmup().pod(),
                database,
                wake.inventory(),
                outbox,
                new WakeClock(Schedulers.parallel(), System::nanoTime),
                meters);
        Reconciliation reconciliation =
                new Reconciliation(moves.health(), database, wake.pods(), wake.inventory(), meters);
        LostTenants lost = new LostTenants(moves.health(), database, wake.directory(), wake.wake(), meters);
        Snapshots snapshots = new Snapshots(
                moves.health(), database, wake.pods(), config.warmup().pod().heartbeatMax(), meters);
        Drains drains = new Drains(database, outbox);
        MigrationRetention retention = new MigrationRetention(database, moves.migration(), meters);
        WebhookDelivery webhooks = new WebhookDelivery(moves.webhook(), database, Clock.systemUTC(), meters);
        Duration check = moves.health().interval();
        List<WorkLoop> loops = new ArrayList<>(List.of(
                loop("pod-health", check, database, meters, Mono.defer(health::run)),
                loop("reconciliation", check, database, meters, Mono.defer(reconciliation::run)),
                loop("lost-tenants", check, database, meters, Mono.defer(lost::run)),
                loop("drains", moves.migration().interval(), database, meters, Mono.defer(drains::run)),
                loop("migration-retention", RETENTION_INTERVAL, database, meters, Mono.defer(retention::run))));
        if (snapshots.isOn()) {
            loops.add(loop("snapshots", SNAPSHOT_INTERVAL, database, meters, Mono.defer(snapshots::run)));
        }
        if (moves.webhook().url().isPresent()) {
            loops.add(loop("webhooks", WEBHOOK_INTERVAL, database, meters, Mono.defer(webhooks::run)));
        }
        return new FleetMoves(
                JobWorkers.create(moves.migration(), database, wake.moves(), evictions, outbox, meters),
                lost,
                webhooks,
                loops);
    }

    private static WorkLoop loop(
            String work, Duration interval, ManagementDatabase database, MeterRegistry meters, Mono<Void> pass) {
        return new WorkLoop(work, interval, database, meters, Mono.empty(), pass);
    }

    void start() {
        workers.start();
        loops.forEach(WorkLoop::start);
    }

    /** Lets others go on at once. Never errors. */
    Mono<Void> stop() {
        return Mono.when(loops.stream().map(WorkLoop::stop).toList())
                .then(Mono.fromRunnable(lost::stop))
                .then(workers.stop())
                .then(webhooks.close())
                .onErrorComplete();
    }
}
