package io.percolate.gateway.proxy.engine.tls;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Handshakes that have ended, by outcome. Safe for use from any thread. */
public final class HandshakeCounts {
    private final Map<HandshakeOutcome, LongAdder> counts = new EnumMap<>(HandshakeOutcome.class);

    public HandshakeCounts() {
        for (HandshakeOutcome outcome : HandshakeOutcome.values()) {
            counts.put(outcome, new LongAdder());
        }
    }

    void ended(HandshakeOutcome outcome) {
        Objects.requireNonNull(counts.get(outcome)).increment();
    }

    public long of(HandshakeOutcome outcome) {
        return Objects.requireNonNull(counts.get(outcome)).sum();
    }
}
