package io.percolate.gateway.routing.directory;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** What the directory tells of itself. Hits are not counted here: that would cost each request. */
final class DirectoryMeters {
    private final MeterRegistry registry;
    private final Timer loads;
    private final DistributionSummary batches;
    private final Counter failures;
    private final Counter stale;
    private final Counter shared;
    private final Counter fromPrimary;
    private final Counter fromReplicas;
    private final Map<Refusal, Counter> refusals = new EnumMap<>(Refusal.class);

    DirectoryMeters(MeterRegistry registry) {
        this.registry = registry;
        this.loads = Timer.builder("router.routes.load")
                .description("time of a query for routes")
                .register(registry);
        this.batches = DistributionSummary.builder("router.routes.batch")
                .description("routes loaded by one query")
                .register(registry);
        this.failures = Counter.builder("router.routes.load.failures")
                .description("routes that could not be loaded")
                .register(registry);
        this.stale = Counter.builder("router.routes.stale")
                .description("waiting requests answered with an unconfirmed route, since it could not be loaded")
                .register(registry);
        this.shared = Counter.builder("router.routes.shared")
                .description("routes that the second level held")
                .register(registry);
        this.fromPrimary = reads("primary");
        this.fromReplicas = reads("replica");
        for (Refusal why : Refusal.values()) {
            refusals.put(
                    why,
                    Counter.builder("router.routes.replica.refused")
                            .description("routes for which the primary was asked after a replica, by reason")
                            .tag("reason", why.name())
                            .register(registry));
        }
    }

    private Counter reads(String server) {
        return Counter.builder("router.routes.reads")
                .description("routes that PostgreSQL was asked for, by who answered")
                .tag("server", server)
                .register(registry);
    }

    void shared(int routes) {
        shared.increment(routes);
    }

    /** What a replica could not answer as well as the primary: by what was wrong. */
    enum Refusal {
        FAILED,
        BEHIND,
        UNKNOWN,
        OLDER
    }

    void loadedFromReplica(int routes, long nanos) {
        loads.record(nanos, TimeUnit.NANOSECONDS);
        batches.record(routes);
        fromReplicas.increment(routes);
    }

    void refusedReplica(Refusal why, int routes) {
        Counter counter = refusals.get(why);
        if (counter != null) {
            counter.increment(routes);
        }
    }

    void loaded(int routes, long nanos) {
        loads.record(nanos, TimeUnit.NANOSECONDS);
        batches.record(routes);
        fromPrimary.increment(routes);
    }

    void failed(int routes) {
        failures.increment(routes);
    }

    void servedStale() {
        stale.increment();
    }

    <T> void gauge(String name, String description, T subject, ToDoubleFunction<T> value) {
        Gauge.builder(name, subject, value).description(description).register(registry);
    }
}
