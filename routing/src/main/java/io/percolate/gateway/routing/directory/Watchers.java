package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** All who watch a tenant at the moment. */
final class Watchers {
    /** Watches at a time; more are refused. */
    static final int WATCHES_MAX = 100_000;

    private final ConcurrentHashMap<TenantId, Set<Watch>> byTenant = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    /**
     * @param begun called once the watch is in place, so that nothing is missed between its first lookup and the rest
     */
    Flux<RouteLookup> watch(TenantId tenant, Consumer<Watch> begun) {
        return Flux.create(sink -> begin(tenant, sink, begun), FluxSink.OverflowStrategy.LATEST);
    }

    private void begin(TenantId tenant, FluxSink<RouteLookup> sink, Consumer<Watch> begun) {
        if (count.incrementAndGet() > WATCHES_MAX) {
            count.decrementAndGet();
            sink.error(Failure.of(FailureKind.OVERLOADED, "too many requests wait for tenants")
                    .toException());
            return;
        }
        Watch watch = new Watch(sink);
        byTenant.compute(tenant, (id, watches) -> {
            Set<Watch> all = watches == null ? ConcurrentHashMap.newKeySet() : watches;
            all.add(watch);
            return all;
        });
        sink.onDispose(() -> end(tenant, watch));
        begun.accept(watch);
    }

    private void end(TenantId tenant, Watch watch) {
        count.decrementAndGet();
        byTenant.computeIfPresent(tenant, (id, watches) -> {
            watches.remove(watch);
            return watches.isEmpty() ? null : watches;
        });
    }

    void offer(TenantId tenant, RouteLookup lookup) {
        Set<Watch> watches = byTenant.get(tenant);
        if (watches != null) {
            watches.forEach(watch -> watch.offer(lookup));
        }
    }

    /** Whether someone watches this tenant who has not seen the version yet. */
    boolean await(TenantId tenant, long version) {
        Set<Watch> watches = byTenant.get(tenant);
        return watches != null && watches.stream().anyMatch(watch -> watch.seenVersion() < version);
    }

    Set<TenantId> tenants() {
        return Set.copyOf(byTenant.keySet());
    }

    int count() {
        return count.get();
    }

    void forget() {
        byTenant.values().forEach(watches -> watches.forEach(Watch::forget));
    }
}
