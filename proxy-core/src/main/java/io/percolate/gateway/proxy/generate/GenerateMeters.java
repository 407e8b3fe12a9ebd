package io.percolate.gateway.proxy.generate;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What is counted of the calls to the generator. */
final class GenerateMeters {
    private final Map<Outcome, Counter> calls = new EnumMap<>(Outcome.class);
    private final Timer firstToken;

    /** How a call ended. */
    enum Outcome {
        /** All was said. */
        SAID,
        /** It broke off after it had begun. */
        BROKEN_OFF,
        /** Nothing came of it: refused, unreachable, or an answer that cannot be read. */
        FAILED,
        /** The client, or the time it may take, ended it. */
        CANCELLED
    }

    GenerateMeters(MeterRegistry registry) {
        for (Outcome outcome : Outcome.values()) {
            calls.put(
                    outcome,
                    Counter.builder("generate.calls")
                            .description("Calls to the generator, by how they ended")
                            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        firstToken = Timer.builder("generate.first.token")
                .description("From asking the generator until it says something")
                .publishPercentileHistogram()
                .register(registry);
    }

    void ended(Outcome outcome) {
        Objects.requireNonNull(calls.get(outcome)).increment();
    }

    void begun(long nanos) {
        firstToken.record(nanos, TimeUnit.NANOSECONDS);
    }
}
