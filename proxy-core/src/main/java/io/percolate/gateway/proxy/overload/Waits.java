package io.percolate.gateway.proxy.overload;

import io.percolate.gateway.routing.tenant.Tier;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests that wait for others to end, over all event loops. */
public final class Waits {
    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder begun = new LongAdder();
    private final Map<Tier, LongAdder> refused = new EnumMap<>(Tier.class);

    public Waits() {
        for (Tier tier : Tier.values()) {
            refused.put(tier, new LongAdder());
        }
    }

    public void began() {
        begun.increment();
        waiting.incrementAndGet();
    }

    public void ended() {
        waiting.decrementAndGet();
    }

    public int waiting() {
        return waiting.get();
    }

    /** Requests that have begun to wait. */
    public long begunCount() {
        return begun.sum();
    }

    /** Requests of this tier that had no place, lost it to others, or waited in vain. */
    public LongAdder refused(Tier tier) {
        return Objects.requireNonNull(refused.get(tier));
    }
}
