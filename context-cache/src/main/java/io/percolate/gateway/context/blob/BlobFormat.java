package io.percolate.gateway.context.blob;

import com.google.crypto.tink.StreamingAead;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Seals content into blobs and opens them.
 *
 * <p>A reader gets content before the end of the blob has been seen. It must therefore treat what it read as nothing
 * when the stream ends in an error: only at its end is a blob known to be whole.
 */
public final class BlobFormat {
    private static final int PREFETCH = 4;

    private BlobFormat() {}

    /**
     * The blob of a content that is read as the blob is read. Closing it closes the content.
     *
     * <p>Reading fails with {@link IOException} where the content is not as long as the header says.
     */
    public static InputStream seal(BlobHeader header, TenantId tenant, StreamingAead key, InputStream content)
            throws IOException {
        return new SealedStream(new BlobSealer(header, tenant, key), content);
    }

    /** The blob of a content, sealed on the given scheduler as fast as it is asked for. */
    public static Flux<ByteBuffer> seal(
            BlobHeader header, TenantId tenant, StreamingAead key, Publisher<ByteBuffer> content, Scheduler scheduler) {
        return Flux.using(
                () -> new BlobSealer(header, tenant, key),
                sealer -> Flux.from(content)
                        .publishOn(scheduler, PREFETCH)
                        .<ByteBuffer>handle((bytes, sink) -> {
                            try {
                                sealer.write(bytes);
                            } catch (IOException failed) {
                                sink.error(failed);
                                return;
                            }
                            ByteBuffer sealed = sealer.drain();
                            if (sealed.hasRemaining()) {
                                sink.next(sealed);
                            }
                        })
                        .concatWith(Mono.fromCallable(() -> {
                            sealer.finish();
                            return sealer.drain();
                        })),
                sealer -> {
                    try {
                        sealer.close();
                    } catch (IOException impossible) {
                        throw new UncheckedIOException(impossible);
                    }
                });
    }

    /**
     * The content of a blob whose header has been read. Closing it closes the sealed stream.
     *
     * <p>Reading fails with {@link UnreadableBlobException} where the blob is not authentic, holds no valid content or
     * more than {@code contentBytesMax}; and with the sealed stream's own {@link IOException} where that one fails.
     */
    public static InputStream open(
            BlobHeader header, TenantId tenant, StreamingAead key, InputStream sealed, long contentBytesMax)
            throws IOException {
        if (header.contentLength() > contentBytesMax) {
            throw new UnreadableBlobException(
                    Unreadable.CONTENT_TOO_LARGE,
                    "expected at most " + contentBytesMax + " bytes, the header announces " + header.contentLength());
        }
        return new OpenedStream(header, tenant, key, sealed, contentBytesMax);
    }
}
