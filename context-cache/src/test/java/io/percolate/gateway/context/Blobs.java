package io.percolate.gateway.context;

import io.percolate.gateway.context.blob.ChunkedBytes;
import io.percolate.gateway.context.keys.KeyEncryptionKeys;
import io.percolate.gateway.context.keys.KeyRows;
import io.percolate.gateway.context.keys.KeysConfig;
import io.percolate.gateway.context.keys.TenantKeys;
import io.percolate.gateway.context.store.BlobsConfig;
import io.percolate.gateway.context.store.ByteBudget;
import io.percolate.gateway.context.store.ContextBlobs;
import io.percolate.gateway.context.store.ObjectName;
import io.percolate.gateway.context.store.S3Config;
import io.percolate.gateway.context.store.S3ContextStore;
import io.percolate.gateway.context.store.Snapshots;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A bucket with all that reads and writes it, for one test. */
public record Blobs(
        S3ContextStore store,
        TenantKeys keys,
        ByteBudget budget,
        ContextBlobs contexts,
        Snapshots snapshots,
        Scheduler opening)
        implements AutoCloseable {
    public static final String KEY = "test:" + "A".repeat(43) + "=";
    public static final long CONTEXT_BYTES_MAX = 16L << 20;

    public static final BlobsConfig BOUNDS =
            new BlobsConfig(CONTEXT_BYTES_MAX, 256L << 20, Duration.ofSeconds(10), 64L << 20, Duration.ofSeconds(2), 2);

    public static Blobs of(S3Config s3, KeyRows rows) {
        return of(s3, rows, BOUNDS);
    }

    public static Blobs of(S3Config s3, KeyRows rows, BlobsConfig bounds) {
        return of(new S3ContextStore(s3), rows, KEY, bounds);
    }

    public static Blobs of(S3ContextStore store, KeyRows rows) {
        return of(store, rows, KEY, BOUNDS);
    }

    public static Blobs of(S3ContextStore store, KeyRows rows, String keyEncryptionKeys, BlobsConfig bounds) {
        TenantKeys keys = new TenantKeys(
                rows,
                new KeysConfig(KeyEncryptionKeys.parse(new Secret(keyEncryptionKeys)), 100, Duration.ofMinutes(5)));
        ByteBudget budget = new ByteBudget(bounds.inFlightBytesMax(), bounds.inFlightWaitMax(), Schedulers.parallel());
        Scheduler opening = Schedulers.newBoundedElastic(bounds.openThreads(), 10_000, "context-open", 60, true);
        return new Blobs(
                store,
                keys,
                budget,
                new ContextBlobs(store, keys, bounds, budget, opening),
                new Snapshots(store, keys, bounds),
                opening);
    }

    /** Impatient, so that failures show soon. */
    public static S3Config s3(S3Endpoint endpoint, URI address, String bucket) {
        return new S3Config(
                bucket,
                Optional.of(address),
                Optional.of(endpoint.region()),
                true,
                Optional.of(new Secret(endpoint.accessKey())),
                Optional.of(new Secret(endpoint.secretKey())),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                2,
                32,
                1_000);
    }

    /** Changes one bit of the tenant's stored context, so many bytes from its end. */
    public void damage(TenantId tenant, int offset) {
        ObjectName name = new ObjectName.ContextOf(tenant);
        S3ContextStore.Answer.Content content = Awaited.await(store.get(name));
        byte[] bytes = Awaited.await(content.bytes()
                .reduceWith(ByteArrayOutputStream::new, (all, part) -> {
                    byte[] copy = new byte[part.remaining()];
                    part.get(copy);
                    all.writeBytes(copy);
                    return all;
                })
                .map(ByteArrayOutputStream::toByteArray));
        bytes[bytes.length - offset] ^= 1;
        Awaited.await(store.put(
                name,
                new ChunkedBytes.Builder(0).append(ByteBuffer.wrap(bytes)).build(),
                content.object().contentType(),
                content.object().notes(),
                new S3ContextStore.Condition.Always()));
    }

    @Override
    public void close() {
        store.close();
        opening.dispose();
    }
}
