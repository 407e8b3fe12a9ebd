package io.percolate.gateway.admin.main;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.admin.lifecycle.Evictions;
import io.percolate.gateway.admin.lifecycle.LifeCycleConfig;
import io.percolate.gateway.admin.lifecycle.ResidencyPass;
import io.percolate.gateway.admin.schedule.ScheduledWakes;
import io.percolate.gateway.admin.work.WorkLoop;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.warmup.eviction.Eviction;
import io.percolate.gateway.warmup.wake.WakeClock;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What this process does by itself with tenants: down when they are idle, up when their schedule says so. */
final class FleetLifeCycle {
    private final Evictions evictions;
    private final List<WorkLoop> loops;

    private FleetLifeCycle(Evictions evictions, List<WorkLoop> loops) {
        this.evictions = evictions;
        this.loops = loops;
    }

    static FleetLifeCycle of(
            ManagementConfig config, ManagementDatabase database, FleetWake wake, MeterRegistry meters) {
        LifeCycleConfig lifeCycle = config.lifeCycle();
        Duration interval = lifeCycle.interval();
        Eviction eviction = new Eviction(
                database,
                wake.pods(),
                new WakeClock(Schedulers.parallel(), System::nanoTime),
                lifeCycle.eviction(),
                UUID.randomUUID());
        Evictions evictions = new Evictions(eviction, database, meters, lifeCycle.retryAfter());
        ResidencyPass residency = new ResidencyPass(
                lifeCycle, database, evictions, config.warmup().pod().heartbeatMax(), meters);
        ScheduledWakes ahead = new ScheduledWakes(
                database, wake.directory(), wake.wake(), lifeCycle.wakesAhead(), Clock.systemUTC(), meters);
        return new FleetLifeCycle(
                evictions,
                List.of(
                        new WorkLoop(
                                "residency",
                                interval,
                                database,
                                meters,
                                Mono.defer(residency::look),
                                lifeCycle.enabled() ? Mono.defer(residency::run) : Mono.empty()),
                        new WorkLoop("wakes-ahead", interval, database, meters, Mono.empty(), Mono.defer(ahead::run))));
    }

    Evictions evictions() {
        return evictions;
    }

    void start() {
        loops.forEach(WorkLoop::start);
    }

    Mono<Void> stop() {
        return Mono.when(loops.stream().map(WorkLoop::stop).toList());
    }
}
