package io.percolate.gateway.bench.handoff.load;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The history of one key with one writer, whose values count up: a read must see at least what was acknowledged before it
 * began, and at most what was sent before it ended. For a register of one writer that is linearizability, but for two
 * reads that overlap the same write.
 */
final class Register {
    private final String name;
    private final AtomicLong started = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();

    Register(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /** The value to write next; the same one again until it is acknowledged. */
    long next() {
        return started.get() == acknowledged.get() ? started.incrementAndGet() : started.get();
    }

    void acknowledge(long value) {
        acknowledged.accumulateAndGet(value, Math::max);
    }

    /** What a read that begins now must see at least. */
    long leastNow() {
        return acknowledged.get();
    }

    /** What is wrong with what a read has seen that has just ended. */
    Optional<String> judge(long least, long seen) {
        long most = started.get();
        return seen >= least && seen <= most
                ? Optional.empty()
                : Optional.of(name + ": a read saw " + seen + " where " + least + " was acknowledged and " + most
                        + " was the last that was sent");
    }
}
