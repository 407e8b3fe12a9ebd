package io.percolate.gateway.admin.lifecycle;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.eviction.Departing;
import io.percolate.gateway.warmup.eviction.Eviction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One look over the fleet's tenants: takes up what was cut off, makes room where it is short, and sends down who is idle.
 *
 * <p>Several processes may look at once: each step is claimed, and who comes second changes nothing.
 */
public final class ResidencyPass {
    private final LifeCycleConfig config;
    private final ManagementDatabase database;
    private final Evictions evictions;
    private final Duration heartbeatMax;
    private final MultiGauge hotTenants;
    private final MultiGauge waitingWakes;
    private final Map<Tags, AtomicInteger> hotShown = new ConcurrentHashMap<>();
    private final Map<Tags, AtomicInteger> waitingShown = new ConcurrentHashMap<>();

    public ResidencyPass(
            LifeCycleConfig config,
            ManagementDatabase database,
            Evictions evictions,
            Duration heartbeatMax,
            MeterRegistry meters) {
        this.config = config;
        this.database = database;
        this.evictions = evictions;
        this.heartbeatMax = heartbeatMax;
        this.hotTenants = MultiGauge.builder("hot.tenants.count")
                .description("Tenants that are hot, by tier and pod")
                .register(meters);
        this.waitingWakes = MultiGauge.builder("wakes.without.room")
                .description("Tenants whose wake waits for a place in a pod")
                .register(meters);
    }

    /** Looks, and evicts; errors when the database does not answer. */
    public Mono<Void> run() {
        return places().flatMap(places -> interrupted()
                .then(makeRoom(places))
                .then(idle(ResidencySql.IDLE_HOT, Residency.WARM))
                .then(idle(ResidencySql.IDLE_WARM, Residency.COLD)));
    }

    /** Shows how many tenants are hot, for the autoscaler. */
    public Mono<Void> look() {
        return places().then();
    }

    Mono<Places> places() {
        return Mono.zip(
                        database.query(ResidencySql.PLACES, Places.Pod::of, heartbeatMax.toMillis()),
                        database.query(ResidencySql.WAITING, Places::waiting))
                .map(read -> new Places(
                        read.getT1(),
                        read.getT2().stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))))
                .doOnNext(this::show);
    }

    private void show(Places places) {
        Map<Tags, Integer> hot = new HashMap<>();
        places.pods().forEach(pod -> hot.put(Tags.of("tier", pod.group().tier().name(), "pod", pod.id()), pod.hot()));
        show(hotTenants, hotShown, hot);
        Map<Tags, Integer> waiting = new HashMap<>();
        places.waiting()
                .forEach((group, wakes) ->
                        waiting.put(Tags.of("tier", group.tier().name(), "region", group.region()), wakes));
        show(waitingWakes, waitingShown, waiting);
    }

    /** Rows that stay are not registered anew: a scrape that comes in between would see them twice, and fail. */
    private static void show(MultiGauge gauge, Map<Tags, AtomicInteger> shown, Map<Tags, Integer> now) {
        shown.keySet().retainAll(now.keySet());
        now.forEach((tags, value) ->
                shown.computeIfAbsent(tags, row -> new AtomicInteger()).set(value));
        gauge.register(
                shown.entrySet().stream()
                        .map(row -> MultiGauge.Row.of(row.getKey(), row.getValue(), AtomicInteger::get))
                        .toList(),
                false);
    }

    private Mono<Void> interrupted() {
        Flux<List<Departing>> cutOff = Flux.fromArray(Tier.values())
                .concatMap(tier -> candidates(
                        ResidencySql.INTERRUPTED, tier, config.eviction().lease(), config.evictionsMax()));
        return evict(cutOff, Residency.WARM, Duration.ZERO, EvictionReason.INTERRUPTED);
    }

    private Mono<Void> makeRoom(Places places) {
        Flux<List<Departing>> leastUsed = Flux.fromIterable(places.needs(config.freePercent()))
                .concatMap(need -> {
                    int tenants = Math.min(need.tenants(), config.evictionsMax());
                    return switch (need) {
                        case Places.OfPod pod ->
                            candidates(
                                    ResidencySql.LEAST_USED_OF_POD,
                                    pod.tier(),
                                    config.pressureIdleMin(),
                                    tenants,
                                    pod.pod());
                        case Places.OfGroup group ->
                            candidates(
                                    ResidencySql.LEAST_USED_OF_REGION,
                                    group.tier(),
                                    config.pressureIdleMin(),
                                    tenants,
                                    group.region());
                    };
                });
        return evict(leastUsed, Residency.WARM, config.pressureIdleMin(), EvictionReason.PRESSURE);
    }

    private Mono<Void> idle(String sql, Residency to) {
        return Flux.fromArray(Tier.values())
                .concatMap(tier -> {
                    Duration idle = to == Residency.COLD ? config.warmIdle(tier) : config.hotIdle(tier);
                    return evict(
                            candidates(sql, tier, idle, config.evictionsMax()).flux(), to, idle, EvictionReason.IDLE);
                })
                .then();
    }

    private Mono<List<Departing>> candidates(String sql, Tier tier, Duration idle, int tenantsMax, Object... more) {
        List<Object> binds =
                new ArrayList<>(List.of(tier.name(), heartbeatMax.toMillis(), idle.toMillis(), tenantsMax));
        binds.addAll(Arrays.asList(more));
        return database.query(sql, Eviction::departing, binds.toArray());
    }

    private Mono<Void> evict(Flux<List<Departing>> tenants, Residency to, Duration idle, EvictionReason reason) {
        return tenants.flatMapIterable(each -> each)
                .filter(tenant -> !evictions.isLeftAlone(tenant.tenant()))
                .flatMap(tenant -> evictions.bySelf(tenant, to, idle, reason), config.concurrency())
                .then();
    }
}
