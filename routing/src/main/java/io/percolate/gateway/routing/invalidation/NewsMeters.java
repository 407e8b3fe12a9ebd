package io.percolate.gateway.routing.invalidation;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/** What listening tells of itself. */
final class NewsMeters {
    private final MeterRegistry registry;
    private final Timer lag;

    NewsMeters(MeterRegistry registry, RoutingNews news) {
        this.registry = registry;
        this.lag = Timer.builder("router.listen.lag")
                .description("time of a probe through PostgreSQL's notification queue")
                .register(registry);
        Gauge.builder("router.listen.connected", news, n -> n.status().connected() ? 1 : 0)
                .description("whether news of changes arrives")
                .register(registry);
    }

    void received(String channel) {
        registry.counter("router.invalidations", "kind", channel.substring(channel.indexOf('_') + 1))
                .increment();
    }

    void resynced(Gap gap) {
        String kind = switch (gap) {
            case Gap.Since since -> "since";
            case Gap.Unknown unknown -> "first";
            case Gap.OtherHistory other -> "history";
        };
        Counter.builder("router.resyncs")
                .description("times that missed changes were caught up with")
                .tag("gap", kind)
                .register(registry)
                .increment();
    }

    Timer lag() {
        return lag;
    }
}
