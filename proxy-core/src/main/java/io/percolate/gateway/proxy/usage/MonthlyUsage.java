package io.percolate.gateway.proxy.usage;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The requests of tenants whose months are limited: counted here, written in batches, each batch once.
 *
 * <p>A tenant's month is what all gateways had written when this one last wrote, and what it has counted since. So
 * gateways together let in at most what they count within an interval more than a month has; a crash loses what one
 * gateway has counted within an interval. Batches that cannot be written are kept, and go on counting here.
 */
public final class MonthlyUsage {
    private static final Logger LOG = LoggerFactory.getLogger(MonthlyUsage.class);
    /** Tenants in one statement. */
    private static final int BATCH_MAX = 10_000;
    /** A tenant of which nothing is known yet is asked about after this long, rather than after an interval. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final UsageStore store;
    private final int tenantsMax;
    private final Duration interval;
    private final Clock clock;
    private final ConcurrentHashMap<TenantId, MonthCount> counts = new ConcurrentHashMap<>();
    private final AtomicInteger strangers = new AtomicInteger();
    private final LongAdder uncounted = new LongAdder();
    private final LongAdder written = new LongAdder();
    private volatile @Nullable Disposable writing;

    // Of the one write at a time.
    private long batchNumber;
    private @Nullable Batch unwritten;
    private LocalDate month;
    private long writtenNanos = System.nanoTime();
    private boolean failing;

    private MonthlyUsage(UsageStore store, int tenantsMax, Duration interval, Clock clock) {
        this.store = store;
        this.tenantsMax = tenantsMax;
        this.interval = interval;
        this.clock = clock;
        this.month = thisMonth();
    }

    /** Kept in the management database; {@link #start} begins to write. */
    public static MonthlyUsage in(Statements database, UUID gateway, int tenantsMax, Duration interval, Clock clock) {
        return new MonthlyUsage(new PostgresUsageStore(database, gateway), tenantsMax, interval, clock);
    }

    /** Counted in this process only, and written nowhere; not to be started. */
    public static MonthlyUsage ofThisProcess(int tenantsMax, Clock clock) {
        return new MonthlyUsage((batch, month, requests) -> Mono.just(requests), tenantsMax, Duration.ZERO, clock);
    }

    private record Batch(long number, LocalDate month, Map<TenantId, Long> requests) {}

    /** A tenant's count; null when too many tenants' months are counted. Good until it {@linkplain MonthCount#isGone is gone}. */
    public @Nullable MonthCount of(TenantId tenant, long nowNanos) {
        MonthCount known = counts.get(tenant);
        if (known != null) {
            return known;
        }
        if (counts.size() >= tenantsMax) {
            uncounted.increment();
            return null;
        }
        strangers.incrementAndGet();
        return counts.computeIfAbsent(tenant, stranger -> new MonthCount(nowNanos));
    }

    public Duration untilNextMonth() {
        Instant now = clock.instant();
        Instant next = thisMonth().plusMonths(1).atStartOfDay().toInstant(ZoneOffset.UTC);
        return Duration.between(now, next);
    }

    /** Begins to write every interval. */
    public MonthlyUsage start(MeterRegistry registry) {
        FunctionCounter.builder("router.usage.written", written, LongAdder::sum)
                .description("Requests of tenants with limited months that were written")
                .register(registry);
        FunctionCounter.builder("router.usage.uncounted", uncounted, LongAdder::sum)
                .description("Requests that were not counted since too many tenants' months are counted")
                .register(registry);
        Gauge.builder("router.usage.tenants", counts, Map::size)
                .description("Tenants whose months are counted here")
                .register(registry);
        writing = Flux.interval(LOOK)
                .onBackpressureDrop()
                .filter(look -> strangers.get() > 0 || System.nanoTime() - writtenNanos >= interval.toNanos())
                .concatMap(look -> write(), 1)
                .subscribe(count -> {}, error -> LOG.error("requests of months are no longer written", error));
        return this;
    }

    /** Stops the rhythm and writes what is left. Never errors; bounded by the statements' deadlines. */
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            Disposable rhythm = writing;
            if (rhythm != null) {
                rhythm.dispose();
            }
            return write().then();
        });
    }

    /** Writes what was counted, in as many batches as it takes; how many tenants'. Not twice at a time. Never errors. */
    Mono<Integer> write() {
        return Mono.defer(() -> {
            writtenNanos = System.nanoTime();
            strangers.set(0);
            turnMonth();
            return writeBatch().repeat().takeWhile(tenants -> tenants > 0).reduce(0, Integer::sum);
        });
    }

    private Mono<Integer> writeBatch() {
        return Mono.defer(() -> {
            Batch batch = unwritten;
            if (batch == null) {
                Map<TenantId, Long> requests = take();
                if (requests.isEmpty()) {
                    return Mono.just(0);
                }
                batch = new Batch(++batchNumber, month, requests);
                unwritten = batch;
            }
            Batch sent = batch;
            return store.add(sent.number(), sent.month(), sent.requests())
                    .map(totals -> settle(sent, totals))
                    .onErrorResume(error -> {
                        if (!failing) {
                            failing = true;
                            LOG.warn("requests of months cannot be written now, will try on: {}", error.toString());
                        }
                        return Mono.just(0);
                    });
        });
    }

    private Map<TenantId, Long> take() {
        long now = System.nanoTime();
        Map<TenantId, Long> requests = new HashMap<>();
        for (Map.Entry<TenantId, MonthCount> each : counts.entrySet()) {
            MonthCount count = each.getValue();
            long due = count.unsettled();
            if (due > 0) {
                requests.put(each.getKey(), due);
            } else if (count.isIdle(now, IDLE_NANOS)) {
                // What is counted at this very moment is lost.
                count.go();
                counts.remove(each.getKey(), count);
            }
            if (requests.size() == BATCH_MAX) {
                break;
            }
        }
        return requests;
    }

    private int settle(Batch sent, Map<TenantId, Long> totals) {
        unwritten = null;
        if (failing) {
            failing = false;
            LOG.info("requests of months are written again");
        }
        sent.requests().forEach((tenant, requests) -> {
            written.add(requests);
            MonthCount count = counts.get(tenant);
            if (count != null) {
                count.settle(requests, sent.month().equals(month) ? totals.getOrDefault(tenant, 0L) : 0);
            }
        });
        return sent.requests().size();
    }

    private void turnMonth() {
        LocalDate now = thisMonth();
        if (!now.equals(month)) {
            month = now;
            counts.values().forEach(MonthCount::beginMonth);
        }
    }

    private LocalDate thisMonth() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).withDayOfMonth(1);
    }
}
