package io.percolate.gateway.context;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.context.cache.ContextCache;
import io.percolate.gateway.context.cache.S3ContextCache;
import io.percolate.gateway.context.disk.DiskBlobs;
import io.percolate.gateway.context.keys.PostgresKeyRows;
import io.percolate.gateway.context.keys.TenantKeys;
import io.percolate.gateway.context.store.ByteBudget;
import io.percolate.gateway.context.store.ContextBlobs;
import io.percolate.gateway.context.store.S3ContextStore;
import io.percolate.gateway.context.store.Snapshots;
import io.percolate.gateway.routing.postgres.Statements;
import java.util.Optional;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A process's access to contexts, put together; opening it touches no network, and the disk only where contexts are kept
 * there.
 */
public final class Contexts implements AutoCloseable {
    /** Contexts that wait for a thread to open them; those in flight are fewer. */
    private static final int OPENINGS_MAX = 10_000;

    private static final int IDLE_SECONDS = 60;

    private final S3ContextStore store;
    private final Scheduler opening;
    private final TenantKeys keys;
    private final ContextBlobs blobs;
    private final Snapshots snapshots;
    private final Optional<DiskBlobs> disk;
    private final ContextCache cache;

    private Contexts(ContextConfig config, Statements database, MeterRegistry registry) {
        store = new S3ContextStore(config.s3(), registry);
        keys = new TenantKeys(new PostgresKeyRows(database), config.keys());
        opening = Schedulers.newBoundedElastic(
                config.blobs().openThreads(), OPENINGS_MAX, "context-open", IDLE_SECONDS, true);
        ByteBudget budget = new ByteBudget(
                config.blobs().inFlightBytesMax(), config.blobs().inFlightWaitMax(), Schedulers.parallel());
        blobs = new ContextBlobs(store, keys, config.blobs(), budget, opening);
        snapshots = new Snapshots(store, keys, config.blobs());
        disk = DiskBlobs.open(config.disk(), registry);
        cache = new S3ContextCache(blobs, budget, disk, config.cache(), registry);
    }

    public static Contexts open(ContextConfig config, Statements database, MeterRegistry registry) {
        return new Contexts(config, database, registry);
    }

    public ContextCache cache() {
        return cache;
    }

    public ContextBlobs blobs() {
        return blobs;
    }

    public Snapshots snapshots() {
        return snapshots;
    }

    public TenantKeys keys() {
        return keys;
    }

    /** Whether the bucket can be reached; also makes the first request to S3 as fast as any. */
    public Mono<Void> check() {
        return store.check();
    }

    /** Ends connections and threads; calls under way fail. Blocks. */
    @Override
    public void close() {
        store.close();
        keys.close();
        opening.dispose();
        disk.ifPresent(DiskBlobs::close);
    }
}
