package io.percolate.gateway.context.store;

import io.percolate.gateway.context.blob.BlobFormat;
import io.percolate.gateway.context.blob.BlobHeader;
import io.percolate.gateway.context.blob.BlobPurpose;
import io.percolate.gateway.context.blob.Unreadable;
import io.percolate.gateway.context.blob.UnreadableBlobException;
import io.percolate.gateway.context.keys.TenantKeys;
import io.percolate.gateway.context.store.ObjectName.SnapshotOf;
import io.percolate.gateway.context.store.S3ContextStore.Written;
import io.percolate.gateway.context.store.StoredObject.Notes;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Tenants' whole data in the store, one sealed object for each epoch that ended there; streamed, of any length.
 *
 * <p>Errors as {@link ContextBlobs} does.
 */
public final class Snapshots {
    private static final String CONTENT_TYPE = "application/x-tar";
    private static final int CHUNK_BYTES = 64 * 1024;

    private final S3ContextStore store;
    private final TenantKeys keys;
    private final BlobsConfig config;

    public Snapshots(S3ContextStore store, TenantKeys keys, BlobsConfig config) {
        this.store = store;
        this.keys = keys;
        this.config = config;
    }

    /** Writes the data of a tenant as of the end of an epoch; nothing remains of a write that fails or is cancelled. */
    public Mono<Written> put(TenantId tenant, long epoch, Publisher<ByteBuffer> tar) {
        SnapshotOf name = new SnapshotOf(tenant, epoch);
        Notes notes = new Notes(Optional.of(epoch), Optional.of(SecurityMode.NODE_BASED), Optional.empty());
        return keys.sealing(tenant)
                .flatMap(key -> {
                    BlobHeader header = new BlobHeader(
                            BlobPurpose.SNAPSHOT, key.version(), epoch, BlobHeader.LENGTH_UNKNOWN, CONTENT_TYPE);
                    Flux<ByteBuffer> blob =
                            BlobFormat.seal(header, tenant, key.aead(), tar, Schedulers.boundedElastic());
                    return store.upload(name, blob, "application/octet-stream", notes);
                })
                .onErrorMap(error -> BlobFailures.of(name, error));
    }

    public Mono<Written> put(TenantId tenant, long epoch, Path tar) {
        return put(tenant, epoch, FileBytes.read(tar));
    }

    /**
     * The data of a tenant as of the end of an epoch. What has been read is worth nothing unless the stream completes.
     * A reader that asks for nothing for longer than S3's idle timeout loses the stream.
     */
    public Flux<ByteBuffer> get(TenantId tenant, long epoch) {
        SnapshotOf name = new SnapshotOf(tenant, epoch);
        return store.get(name)
                .flatMapMany(content -> Flux.using(
                        () -> new SubscribedStream(content.bytes()),
                        blob -> opened(name, blob).flatMapMany(Snapshots::chunks),
                        SubscribedStream::close))
                .onErrorMap(error -> BlobFailures.of(name, error));
    }

    /** Writes the data to a file, which appears only when it is whole; yields its length. */
    public Mono<Long> get(TenantId tenant, long epoch, Path target) {
        return FileBytes.write(get(tenant, epoch), target);
    }

    /** Deletes the data; no error where there is none. */
    public Mono<Void> delete(TenantId tenant, long epoch) {
        return store.delete(new SnapshotOf(tenant, epoch));
    }

    /** Where the data lies, as {@code s3://bucket/key}. */
    public URI location(TenantId tenant, long epoch) {
        return store.location(new SnapshotOf(tenant, epoch));
    }

    private Mono<InputStream> opened(SnapshotOf name, SubscribedStream sealed) {
        return Mono.fromCallable(() -> header(name, sealed))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(header -> keys.opening(name.tenant(), header.keyVersion())
                        .flatMap(key -> Mono.fromCallable(() -> BlobFormat.open(
                                header, name.tenant(), key.aead(), sealed, config.snapshotBytesMax()))));
    }

    private static BlobHeader header(SnapshotOf name, InputStream sealed) throws IOException {
        BlobHeader header = BlobHeader.read(sealed);
        if (header.purpose() != BlobPurpose.SNAPSHOT) {
            throw new UnreadableBlobException(
                    Unreadable.PURPOSE_MISMATCH, "expected a snapshot, got a " + header.purpose());
        }
        if (header.epoch() != name.epoch()) {
            throw new UnreadableBlobException(
                    Unreadable.EPOCH_MISMATCH, "expected epoch " + name.epoch() + ", got " + header.epoch());
        }
        return header;
    }

    /** Reads on threads that may block, one chunk for each demand. */
    private static Flux<ByteBuffer> chunks(InputStream content) {
        return Flux.<ByteBuffer, InputStream>generate(
                        () -> content,
                        (in, sink) -> {
                            try {
                                byte[] chunk = new byte[CHUNK_BYTES];
                                int length = in.readNBytes(chunk, 0, CHUNK_BYTES);
                                if (length == 0) {
                                    sink.complete();
                                } else {
                                    sink.next(ByteBuffer.wrap(chunk, 0, length));
                                }
                            } catch (IOException failed) {
                                sink.error(failed);
                            }
                            return in;
                        },
                        Snapshots::close)
                .subscribeOn(Schedulers.boundedElastic());
    }

    private static void close(InputStream content) {
        try {
            content.close();
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot close a snapshot", failed);
        }
    }
}
