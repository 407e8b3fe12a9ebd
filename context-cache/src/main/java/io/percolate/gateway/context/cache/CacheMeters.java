package io.percolate.gateway.context.cache;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.percolate.gateway.context.blob.Unreadable;
import io.percolate.gateway.context.store.ByteBudget;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** What the cache counts; every label set is closed. */
final class CacheMeters {
    private final Map<Outcome, Counter> requests = new EnumMap<>(Outcome.class);
    private final Map<Unreadable, Counter> unreadable = new EnumMap<>(Unreadable.class);
    private final Timer fetches;

    /** How a request for a context was answered. */
    enum Outcome {
        /** From memory, unasked. */
        HIT,
        /** From memory, after S3 said that it still is the one. */
        REVALIDATED,
        /** From memory or disk, since S3 could not be asked. */
        STALE,
        /** From disk, after S3 said that it still is the one. */
        DISK,
        /** From S3. */
        FETCHED,
        /** Not at all: the tenant has no context. */
        ABSENT,
        /** Not at all. */
        FAILED
    }

    CacheMeters(MeterRegistry registry, LongSupplier cachedBytes, ByteBudget budget) {
        for (Outcome outcome : Outcome.values()) {
            requests.put(
                    outcome,
                    Counter.builder("context.cache.requests")
                            .description("Requests for a tenant's context, by how they were answered")
                            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        for (Unreadable reason : Unreadable.values()) {
            unreadable.put(
                    reason,
                    Counter.builder("context.unreadable")
                            .description("Contexts that could not be opened, by why")
                            .tag("reason", reason.label())
                            .register(registry));
        }
        fetches = Timer.builder("context.fetch")
                .description("From asking S3 for a context until its first bytes can be given out")
                .publishPercentileHistogram()
                .register(registry);
        Gauge.builder("context.cache.bytes", cachedBytes::getAsLong)
                .description("Memory of the cached contexts")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("context.in_flight.bytes", budget, ByteBudget::used)
                .description("Memory of contexts that are being fetched, or read though no longer cached")
                .baseUnit("bytes")
                .register(registry);
    }

    void answered(Outcome outcome) {
        Objects.requireNonNull(requests.get(outcome)).increment();
    }

    void unreadable(Unreadable reason) {
        Objects.requireNonNull(unreadable.get(reason)).increment();
    }

    void fetched(long nanos) {
        fetches.record(nanos, TimeUnit.NANOSECONDS);
    }
}
