package io.percolate.gateway.routing.topology;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.invalidation.Gap;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.postgres.Statements;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * The topology of one process, in memory, read as a whole after each change that is heard and now and then besides.
 *
 * <p>One reading is under way at a time, and what is heard meanwhile asks for another one after it. So each change is
 * followed by a reading that began after its commit, and readings replace each other in order. While PostgreSQL is away the
 * last one stands. Safe for use from any thread.
 */
public final class LiveTopology implements NewsFollower {
    private static final Logger log = LoggerFactory.getLogger(LiveTopology.class);

    private final Statements database;
    private final TopologyConfig config;
    private final Counter readings;
    private final Counter failures;
    private final Sinks.Many<Boolean> asked = Sinks.many().multicast().directBestEffort();
    private final AtomicLong wanted = new AtomicLong();
    private final AtomicReference<Disposable> reading = new AtomicReference<>(Disposables.disposed());

    private volatile Topology current = Topology.EMPTY;
    private volatile boolean loaded;
    private volatile boolean failing;

    public LiveTopology(Statements database, TopologyConfig config, MeterRegistry registry) {
        this.database = database;
        this.config = config;
        this.readings = Counter.builder("router.topology.readings")
                .description("Readings of shards and regions")
                .register(registry);
        this.failures = Counter.builder("router.topology.failures")
                .description("Readings of shards and regions that failed")
                .register(registry);
        Gauge.builder("router.topology.loaded", this, topology -> topology.loaded ? 1 : 0)
                .description("Whether shards and regions have been read")
                .register(registry);
    }

    /** Reads in the background until {@link #close}. */
    public void start() {
        Disposable reads = Flux.merge(
                        Flux.just(true), Flux.interval(config.refresh()).map(tick -> true), asked.asFlux())
                .onBackpressureLatest()
                .concatMap(wish -> read(), 1)
                .subscribe(ignored -> {}, error -> log.error("reading the topology has stopped", error));
        reading.getAndSet(reads).dispose();
    }

    public void close() {
        reading.getAndSet(Disposables.disposed()).dispose();
    }

    public Topology current() {
        return current;
    }

    /** Whether it was ever read. */
    public boolean isLoaded() {
        return loaded;
    }

    private Mono<Boolean> read() {
        return Mono.defer(() -> {
            long answering = wanted.get();
            return TopologyQuery.run(database, config.heartbeatMax())
                    .publishOn(Schedulers.boundedElastic())
                    .map(TopologyQuery.Reading::topology)
                    .map(topology -> {
                        current = topology;
                        loaded = true;
                        failing = false;
                        readings.increment();
                        return wanted.get() != answering;
                    })
                    .onErrorResume(error -> {
                        failures.increment();
                        if (!failing) {
                            failing = true;
                            log.warn(
                                    "shards and regions cannot be read, the last ones known stand: {}",
                                    error.toString());
                        }
                        return Mono.just(false);
                    })
                    .flatMap(again -> again ? read() : Mono.just(true));
        });
    }

    private void ask() {
        wanted.incrementAndGet();
        // Two at once get in each other's way for a moment only.
        asked.emitNext(true, (signal, result) -> result == Sinks.EmitResult.FAIL_NON_SERIALIZED);
    }

    @Override
    public String channel() {
        return "percolate_topology";
    }

    @Override
    public void received(String payload) {
        ask();
    }

    /** What was missed is read in the background: requests need not wait for it. */
    @Override
    public Mono<Void> catchUp(Statements statements, Gap gap) {
        return Mono.fromRunnable(this::ask);
    }
}
