package io.percolate.gateway.proxy.activity;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Notes who was served, and every few seconds writes it down for all of them at once.
 *
 * <p>On the event loop this is one look into a concurrent map, and a write to it for the first request of a tenant after
 * each flush. A flush that fails puts its tenants back, where newer accesses of theirs win and the bound still holds;
 * so an outage costs memory for at most {@code tenantsMax} tenants and no access of theirs.
 */
public final class TenantActivity implements RequestObserver {
    private static final Logger LOG = LoggerFactory.getLogger(TenantActivity.class);

    /** Tenants in one statement, so that it ends well within a statement's deadline. */
    private static final int BATCH_MAX = 10_000;

    private final ActivityConfig config;
    private final ActivityStore store;
    private final LongSupplier nanoTime;
    private final ConcurrentHashMap<TenantId, Access> pending = new ConcurrentHashMap<>();
    private final AtomicInteger pendingCount = new AtomicInteger();
    private final Counter written;
    private final Counter failures;
    private final Counter dropped;
    private volatile @Nullable Disposable flushing;
    private volatile boolean failing;

    /** Activity kept in the management database; {@link #start} starts the writing. */
    public static TenantActivity in(Statements database, ActivityConfig config, MeterRegistry registry) {
        return new TenantActivity(
                config, new PostgresActivityStore(database, config.interval()), registry, System::nanoTime);
    }

    TenantActivity(ActivityConfig config, ActivityStore store, MeterRegistry registry, LongSupplier nanoTime) {
        this.config = config;
        this.store = store;
        this.nanoTime = nanoTime;
        this.written = counter(registry, "router.activity.written", "Last accesses of tenants that were written");
        this.failures = counter(registry, "router.activity.failures", "Writes of last accesses that failed");
        this.dropped = counter(registry, "router.activity.dropped", "Last accesses left out because too many waited");
    }

    private static final class Access {
        /** Written by any event loop, the last one wins: they differ by less than a flush. */
        private volatile long lastNanos;

        private Access(long lastNanos) {
            this.lastNanos = lastNanos;
        }
    }

    @Override
    public void completed(RequestTimeline timeline) {
        if (timeline.tenant != null && wasServed(timeline.answeredBy)) {
            note(timeline.tenant, timeline.completedNanos);
        }
    }

    @Override
    public void goesOn(RequestTimeline timeline) {
        if (timeline.tenant != null && wasServed(timeline.answeredBy)) {
            note(timeline.tenant, nanoTime.getAsLong());
        }
    }

    /** Starts to write every interval; a write under way is never overtaken by the next. */
    public TenantActivity start() {
        flushing = Flux.interval(config.interval())
                .onBackpressureDrop()
                .concatMap(tick -> flush(), 1)
                .subscribe(count -> {}, error -> LOG.error("last accesses are no longer written", error));
        return this;
    }

    /** Stops the rhythm and writes what is left. Never errors; bounded by the store's deadline. */
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            Disposable rhythm = flushing;
            if (rhythm != null) {
                rhythm.dispose();
            }
            return flush().then();
        });
    }

    /** Writes what waits now. Never errors: a failure is counted and its tenants wait for the next write. */
    Mono<Long> flush() {
        return Flux.defer(() -> Flux.range(0, (pendingCount.get() + BATCH_MAX - 1) / BATCH_MAX))
                .concatMap(batch -> writeBatch(), 1)
                .reduce(0L, Long::sum);
    }

    private Mono<Long> writeBatch() {
        return Mono.defer(() -> {
            Map<TenantId, Long> batch = take();
            if (batch.isEmpty()) {
                return Mono.just(0L);
            }
            long now = nanoTime.getAsLong();
            Map<TenantId, Duration> ages = HashMap.newHashMap(batch.size());
            batch.forEach((tenant, lastNanos) -> ages.put(tenant, Duration.ofNanos(Math.max(0, now - lastNanos))));
            return store.touch(ages)
                    .doOnNext(this::succeeded)
                    .doOnCancel(() -> putBack(batch))
                    .onErrorResume(error -> {
                        failed(batch, error);
                        return Mono.just(0L);
                    });
        });
    }

    private void note(TenantId tenant, long nanos) {
        Access access = pending.get(tenant);
        if (access != null) {
            access.lastNanos = nanos;
            return;
        }
        if (pendingCount.incrementAndGet() > config.tenantsMax()) {
            pendingCount.decrementAndGet();
            dropped.increment();
        } else if (pending.putIfAbsent(tenant, new Access(nanos)) != null) {
            pendingCount.decrementAndGet();
        }
    }

    private Map<TenantId, Long> take() {
        Map<TenantId, Long> batch = HashMap.newHashMap(Math.min(pending.size(), BATCH_MAX));
        for (TenantId tenant : pending.keySet()) {
            if (batch.size() == BATCH_MAX) {
                break;
            }
            Access access = pending.remove(tenant);
            if (access != null) {
                pendingCount.decrementAndGet();
                batch.put(tenant, access.lastNanos);
            }
        }
        return batch;
    }

    private void succeeded(long count) {
        written.increment((double) count);
        if (failing) {
            failing = false;
            LOG.info("last accesses are written again");
        }
    }

    private void failed(Map<TenantId, Long> batch, Throwable error) {
        failures.increment();
        putBack(batch);
        if (!failing) {
            failing = true;
            LOG.warn(
                    "last accesses of {} tenants cannot be written now, will try on: {}",
                    batch.size(),
                    error.toString());
        }
    }

    private void putBack(Map<TenantId, Long> batch) {
        batch.forEach((tenant, nanos) -> {
            if (!pending.containsKey(tenant)) {
                note(tenant, nanos);
            }
        });
    }

    private static boolean wasServed(AnsweredBy answeredBy) {
        return switch (answeredBy) {
            case POD, POD_AFTER_HOLD, CONTEXT -> true;
            case GATEWAY, NOBODY -> false;
        };
    }

    private static Counter counter(MeterRegistry registry, String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }
}
