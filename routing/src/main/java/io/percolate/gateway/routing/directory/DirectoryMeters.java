package io.percolate.gateway.routing.directory;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
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
    }

    void shared(int routes) {
        shared.increment(routes);
    }

    void loaded(int routes, long nanos) {
        loads.record(nanos, TimeUnit.NANOSECONDS);
        batches.record(routes);
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
