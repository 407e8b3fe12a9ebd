package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The pods that this process has sent requests to a short while ago, by tier, and what their tiers have in common. */
public final class PodGuards {
    /** A pod that has not been used for so long is forgotten, ejected or not. */
    static final long UNUSED_NANOS = TimeUnit.MINUTES.toNanos(10);

    private record Key(Tier tier, PodAddress address) {}

    private final ResilienceConfig config;
    private final LongSupplier clock;
    private final ReplayMemory replays;
    private final Map<Tier, TierGuard> tiers = new EnumMap<>(Tier.class);
    /** Bounded by the pods that routes lead to within ten minutes. */
    private final ConcurrentHashMap<Key, PodGuard> pods = new ConcurrentHashMap<>();

    private final @Nullable PodGuards unassigned;

    private long sweptNanos;

    public PodGuards(ResilienceConfig config) {
        this(config, System::nanoTime);
    }

    PodGuards(ResilienceConfig config, LongSupplier clock) {
        this(config, clock, new PodGuards(config.withoutEjection(), clock, null));
    }

    private PodGuards(ResilienceConfig config, LongSupplier clock, @Nullable PodGuards unassigned) {
        this.config = config;
        this.unassigned = unassigned;
        this.clock = clock;
        this.replays = new ReplayMemory(config.retries().replayBytesMax());
        this.sweptNanos = clock.getAsLong();
        for (Tier tier : Tier.values()) {
            tiers.put(tier, new TierGuard(tier, config.outliers()));
        }
    }

    public ResilienceConfig config() {
        return config;
    }

    public ReplayMemory replays() {
        return replays;
    }

    /** Of what is no single pod, and so must not be left alone for what one of many has done. */
    PodGuards unassigned() {
        return Objects.requireNonNull(unassigned);
    }

    public TierGuard tier(Tier tier) {
        return Objects.requireNonNull(tiers.get(tier));
    }

    /** What is known of the pod at this address; nothing at first. */
    public PodGuard of(Tier tier, PodAddress address) {
        return pods.computeIfAbsent(new Key(tier, address), key -> {
            TierGuard guard = tier(tier);
            guard.podAdded();
            return new PodGuard(guard, address, config, clock.getAsLong());
        });
    }

    /** All pods that are known, in no order. */
    public Collection<PodGuard> all() {
        return pods.values();
    }

    /** All pods that are known, for people. */
    public List<PodStatus> status() {
        long nowNanos = clock.getAsLong();
        return pods.values().stream()
                .map(guard -> guard.status(nowNanos))
                .sorted(Comparator.comparing(PodStatus::tier)
                        .thenComparing(status -> status.address().toString()))
                .toList();
    }

    /** Compares success rates when it is time to, and forgets what is unused; by one thread. */
    public void sweep(long nowNanos) {
        if (nowNanos - sweptNanos < config.outliers().interval().toNanos()) {
            return;
        }
        sweptNanos = nowNanos;
        for (Map.Entry<Key, PodGuard> entry : pods.entrySet()) {
            PodGuard guard = entry.getValue();
            guard.forgive(nowNanos);
            if (nowNanos - guard.usedNanos() > UNUSED_NANOS && guard.isIdle() && pods.remove(entry.getKey(), guard)) {
                if (guard.isEjected()) {
                    guard.tier().returned();
                }
                guard.tier().podForgotten();
            }
        }
        tiers.values().forEach(tier -> compare(tier, nowNanos));
    }

    private void compare(TierGuard tier, long nowNanos) {
        record Rated(PodGuard pod, double rate) {}
        List<Rated> rated = new ArrayList<>();
        for (PodGuard pod : pods.values()) {
            double rate = pod.tier().equals(tier) ? pod.takeSuccessRate() : -1;
            if (rate >= 0) {
                rated.add(new Rated(pod, rate));
            }
        }
        int least = config.outliers().successRatePodsMin();
        if (least == 0 || rated.size() < least) {
            return;
        }
        double mean = rated.stream().mapToDouble(Rated::rate).average().orElseThrow();
        double variance = rated.stream()
                .mapToDouble(pod -> (pod.rate() - mean) * (pod.rate() - mean))
                .average()
                .orElseThrow();
        rated.forEach(pod -> pod.pod().compare(pod.rate(), mean, Math.sqrt(variance), nowNanos));
    }
}
