package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.routing.tenant.Tier;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What is held in this process, against its bounds. Safe for use from any thread. */
final class HeldCounts {
    private final int heldMax;
    private final HoldBounds bounds;
    private final AtomicInteger held = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final Map<Tier, AtomicInteger> perTier = new EnumMap<>(Tier.class);
    private final Map<HoldBound, LongAdder> refused = new EnumMap<>(HoldBound.class);

    HeldCounts(int heldMax, HoldBounds bounds) {
        this.heldMax = heldMax;
        this.bounds = bounds;
        for (Tier tier : Tier.values()) {
            perTier.put(tier, new AtomicInteger());
        }
        for (HoldBound bound : HoldBound.values()) {
            refused.put(bound, new LongAdder());
        }
    }

    /** Counts one more in, or says which bound it would pass; then nothing is counted but the refusal. */
    @Nullable
    HoldBound enter(Tier tier, long reservedBytes) {
        HoldBound passed = tryEnter(tier, reservedBytes);
        if (passed != null) {
            refuse(passed);
        }
        return passed;
    }

    private @Nullable HoldBound tryEnter(Tier tier, long reservedBytes) {
        if (held.incrementAndGet() > heldMax) {
            held.decrementAndGet();
            return HoldBound.REQUESTS;
        }
        if (of(tier).incrementAndGet() > bounds.perTierMax(tier)) {
            of(tier).decrementAndGet();
            held.decrementAndGet();
            return HoldBound.TIER;
        }
        if (bytes.addAndGet(reservedBytes) > bounds.bytesMax()) {
            leave(tier, reservedBytes);
            return HoldBound.BYTES;
        }
        return null;
    }

    void leave(Tier tier, long reservedBytes) {
        bytes.addAndGet(-reservedBytes);
        of(tier).decrementAndGet();
        held.decrementAndGet();
    }

    void refuse(HoldBound bound) {
        adder(bound).increment();
    }

    int held() {
        return held.get();
    }

    long bytes() {
        return bytes.get();
    }

    long refused(HoldBound bound) {
        return adder(bound).sum();
    }

    private AtomicInteger of(Tier tier) {
        return Objects.requireNonNull(perTier.get(tier));
    }

    private LongAdder adder(HoldBound bound) {
        return Objects.requireNonNull(refused.get(bound));
    }
}
