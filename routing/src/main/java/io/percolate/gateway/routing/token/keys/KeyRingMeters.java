package io.percolate.gateway.routing.token.keys;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/** What the keys of one issuer tell of themselves. */
final class KeyRingMeters {
    private final Counter refreshed;
    private final Counter failed;

    KeyRingMeters(String issuer, Supplier<KeyState> state, MeterRegistry registry, Clock clock) {
        this.refreshed = refreshes(issuer, "success", registry);
        this.failed = refreshes(issuer, "failure", registry);
        Gauge.builder("jwks.keys", () -> size(state.get()))
                .tag("issuer", issuer)
                .description("Keys that verify tokens now")
                .register(registry);
        Gauge.builder("jwks.age", () -> ageSeconds(state.get(), clock))
                .tag("issuer", issuer)
                .baseUnit("seconds")
                .description("Since the key set was last fetched, or found unchanged; NaN before the first time")
                .register(registry);
    }

    void fetched(boolean well) {
        (well ? refreshed : failed).increment();
    }

    private static int size(KeyState state) {
        return state.keys() == null ? 0 : state.keys().size();
    }

    private static double ageSeconds(KeyState state, Clock clock) {
        Instant lastSuccess = state.lastSuccess();
        return lastSuccess == null
                ? Double.NaN
                : Duration.between(lastSuccess, clock.instant()).toMillis() / 1000.0;
    }

    private static Counter refreshes(String issuer, String outcome, MeterRegistry registry) {
        return Counter.builder("jwks.refresh")
                .tag("issuer", issuer)
                .tag("outcome", outcome)
                .description("Fetches of the key set")
                .register(registry);
    }
}
