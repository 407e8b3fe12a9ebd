package io.percolate.gateway.context.vault;

import io.percolate.gateway.context.keys.KeysConfig;
import io.percolate.gateway.context.keys.PostgresKeyRows;
import io.percolate.gateway.context.keys.TenantKeys;
import io.percolate.gateway.context.store.BlobsConfig;
import io.percolate.gateway.context.store.ByteBudget;
import io.percolate.gateway.context.store.ContextBlobs;
import io.percolate.gateway.context.store.S3Config;
import io.percolate.gateway.context.store.S3ContextStore;
import io.percolate.gateway.context.store.Snapshots;
import io.percolate.gateway.context.store.StoredObject;
import io.percolate.gateway.context.store.SupersededException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The vault in S3, by the keys of PostgreSQL. */
public final class S3TenantVault implements TenantVault, AutoCloseable {
    private static final int SEALING_TASKS_MAX = 1_000;
    private static final int THREAD_IDLE_SECONDS_MAX = 30;
    private static final Pattern SNAPSHOT_KEY = Pattern.compile("/tenants/[0-9a-f-]{36}/data/([1-9][0-9]{0,17})\\..*");

    private final S3ContextStore store;
    private final ContextBlobs contexts;
    private final Snapshots snapshots;
    private final Scheduler sealing;

    /** What the vault needs to know. */
    public record Config(S3Config s3, KeysConfig keys, BlobsConfig blobs) {
        public static Config read(ConfigReader reader) {
            return new Config(S3Config.read(reader), KeysConfig.read(reader), BlobsConfig.read(reader));
        }
    }

    /** Borrows the database. */
    public S3TenantVault(Config config, Statements database) {
        BlobsConfig blobs = config.blobs();
        this.sealing = Schedulers.newBoundedElastic(
                blobs.openThreads(), SEALING_TASKS_MAX, "vault-sealing", THREAD_IDLE_SECONDS_MAX, true);
        this.store = new S3ContextStore(config.s3());
        TenantKeys keys = new TenantKeys(new PostgresKeyRows(database), config.keys());
        this.contexts = new ContextBlobs(
                store,
                keys,
                blobs,
                new ByteBudget(blobs.inFlightBytesMax(), blobs.inFlightWaitMax(), Schedulers.parallel()),
                sealing);
        this.snapshots = new Snapshots(store, keys, blobs);
    }

    @Override
    public Mono<String> storeContext(TenantId tenant, long epoch, String contentType, byte[] content) {
        return contexts.put(
                        tenant,
                        SecurityMode.NODE_BASED,
                        contentType,
                        Mono.fromSupplier(() -> ByteBuffer.wrap(content)),
                        epoch)
                .map(S3ContextStore.Written::etag)
                // A newer owner wrote already: what is stored then is better than what we had.
                .onErrorResume(
                        SupersededException.class,
                        newer -> contexts.head(tenant).map(StoredObject::etag));
    }

    @Override
    public Mono<URI> storeSnapshot(TenantId tenant, long epoch, Path content) {
        return snapshots.put(tenant, epoch, content).map(written -> snapshots.location(tenant, epoch));
    }

    @Override
    public Flux<ByteBuffer> snapshot(TenantId tenant, URI location) {
        long epoch = epochOf(location);
        URI expected = snapshots.location(tenant, epoch);
        return expected.equals(location)
                ? snapshots.get(tenant, epoch)
                : Flux.error(
                        new VaultException("expected this tenant's snapshot at " + expected + ", got " + location));
    }

    @Override
    public long epochOf(URI location) {
        Matcher key = SNAPSHOT_KEY.matcher(String.valueOf(location.getPath()));
        if (!key.matches()) {
            throw new VaultException("expected s3://<bucket>/tenants/<id>/data/<epoch>..., got " + location);
        }
        return Long.parseLong(key.group(1));
    }

    @Override
    public void close() {
        store.close();
        sealing.dispose();
    }
}
