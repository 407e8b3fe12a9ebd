package io.percolate.gateway.routing.redis;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What Redis is used for, and what becomes of it. */
final class RedisMeters {
    /** How a command ended. */
    enum Outcome {
        ANSWERED,
        /** Redis was known to be away, and was not asked. */
        SKIPPED,
        /** It did not answer within the deadline. */
        TIMEOUT,
        /** It refused the command, or the connection broke. */
        ERROR
    }

    /** What a value turned out to be. */
    enum Value {
        HIT,
        MISS,
        /** Its seal is not of a gateway, or not of this key. */
        UNSEALED,
        /** It cannot be read, or belongs to another tenant, database or time. */
        UNREADABLE,
        /** Read, but known to be outdated. */
        OUTDATED
    }

    private final Timer answers;
    private final Map<Outcome, Counter> outcomes = new EnumMap<>(Outcome.class);
    private final Map<Value, Counter> routes = new EnumMap<>(Value.class);
    private final Map<Value, Counter> keySets = new EnumMap<>(Value.class);
    private final Counter published;
    private final Counter received;
    private final Counter refused;
    private final MeterRegistry registry;

    RedisMeters(MeterRegistry registry) {
        this.registry = registry;
        this.answers = Timer.builder("router.redis.answer")
                .description("time of a command that Redis answered within the deadline")
                .register(registry);
        for (Outcome outcome : Outcome.values()) {
            outcomes.put(
                    outcome,
                    counter("router.redis.commands", "commands for Redis, by how they ended", "outcome", outcome));
        }
        for (Value value : Value.values()) {
            routes.put(value, counter("router.redis.routes", "routes looked for in Redis", "outcome", value));
            keySets.put(value, counter("router.redis.keysets", "key sets looked for in Redis", "outcome", value));
        }
        this.published = Counter.builder("router.redis.news.published")
                .description("changes of routes that this gateway was the first to tell Redis")
                .register(registry);
        this.received = Counter.builder("router.redis.news.received")
                .description("changes of routes heard through Redis")
                .register(registry);
        this.refused = Counter.builder("router.redis.news.refused")
                .description("messages of Redis that were not sealed by a gateway, or cannot be read")
                .register(registry);
    }

    void up(BooleanSupplier up) {
        Gauge.builder("router.redis.up", up, u -> u.getAsBoolean() ? 1 : 0)
                .description("whether Redis is asked")
                .strongReference(true)
                .register(registry);
    }

    void answered(long nanos) {
        answers.record(nanos, TimeUnit.NANOSECONDS);
        ended(Outcome.ANSWERED);
    }

    void ended(Outcome outcome) {
        increment(outcomes, outcome);
    }

    void route(Value value) {
        increment(routes, value);
    }

    void keySet(Value value) {
        increment(keySets, value);
    }

    void published() {
        published.increment();
    }

    void received() {
        received.increment();
    }

    void refused() {
        refused.increment();
    }

    private Counter counter(String name, String description, String tag, Enum<?> value) {
        return Counter.builder(name)
                .description(description)
                .tag(tag, value.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    private static <E extends Enum<E>> void increment(Map<E, Counter> counters, E which) {
        Counter counter = counters.get(which);
        if (counter != null) {
            counter.increment();
        }
    }
}
