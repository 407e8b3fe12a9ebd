package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.Edge.ProxyHeader;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** PROXY headers by what became of them. Safe for use from any thread. */
final class ProxyHeaderCounts {
    private final Map<ProxyHeader, LongAdder> counts = new EnumMap<>(ProxyHeader.class);

    ProxyHeaderCounts() {
        for (ProxyHeader kind : ProxyHeader.values()) {
            counts.put(kind, new LongAdder());
        }
    }

    void add(ProxyHeader kind) {
        Objects.requireNonNull(counts.get(kind)).increment();
    }

    long of(ProxyHeader kind) {
        return Objects.requireNonNull(counts.get(kind)).sum();
    }
}
