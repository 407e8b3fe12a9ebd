package io.percolate.gateway.context.store;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** What is counted of the calls to S3. */
final class StoreMeters {
    private final Map<StoreFault, Counter> faults = new EnumMap<>(StoreFault.class);
    private final Counter refused;

    StoreMeters(MeterRegistry registry, StoreCircuit circuit) {
        for (StoreFault fault : StoreFault.values()) {
            faults.put(
                    fault,
                    Counter.builder("context.store.failures")
                            .description("Calls to S3 that failed after all their attempts, by how")
                            .tag("fault", fault.label())
                            .register(registry));
        }
        refused = Counter.builder("context.store.refused")
                .description("Reads that were not tried since S3 is away")
                .register(registry);
        Gauge.builder("context.store.circuit", circuit, shown -> number(shown.state()))
                .description("Whether reads of S3 are tried: 0 yes, 1 one finds out, 2 no")
                .register(registry);
    }

    private static int number(StoreCircuit.State state) {
        return switch (state) {
            case CLOSED -> 0;
            case PROBING -> 1;
            case OPEN -> 2;
        };
    }

    void failed(StoreFault fault) {
        Objects.requireNonNull(faults.get(fault)).increment();
    }

    void refused() {
        refused.increment();
    }
}
