package io.percolate.gateway.context.store;

import io.percolate.gateway.context.blob.ArrivingBytes;
import io.percolate.gateway.context.store.ObjectName.ContextOf;
import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The work of one thread that brings a context in, chunk by chunk, from the stream that opens it.
 *
 * <p>A small context is given out once it is known to be whole, so that one which is not can be replaced by waiting for
 * the pod; a larger one with its first chunk.
 */
final class Arrival implements Runnable {
    /** Up to this length nothing is given out before the end: a few milliseconds of a transfer. */
    static final int WHOLE_FIRST_BYTES_MAX = 128 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Arrival.class);

    private final ContextOf name;
    private final InputStream content;
    private final ArrivingContext context;
    private final ByteBudget.Reservation reservation;
    private final Sinks.One<ArrivingContext> begun = Sinks.one();

    /** Takes the stream and the reservation. */
    Arrival(ContextOf name, ArrivingContext context, InputStream content, ByteBudget.Reservation reservation) {
        this.name = name;
        this.context = context;
        this.content = content;
        this.reservation = reservation;
    }

    /** The context when it can be given out, on the thread that brings it. */
    Mono<ArrivingContext> begun() {
        return begun.asMono();
    }

    @Override
    public void run() {
        ArrivingBytes bytes = context.content();
        try (content) {
            while (bytes.nextBytes() > 0) {
                byte[] chunk = new byte[bytes.nextBytes()];
                int count = content.readNBytes(chunk, 0, chunk.length);
                if (count < chunk.length) {
                    throw new IOException(
                            "expected " + bytes.length() + " bytes, the end came after " + (bytes.arrived() + count));
                }
                bytes.append(chunk);
                if (bytes.length() > WHOLE_FIRST_BYTES_MAX) {
                    begun.tryEmitValue(context);
                }
            }
            // Opens what is left of the blob, which may say that all before was not what was sealed.
            if (content.read() >= 0) {
                throw new IOException("expected " + bytes.length() + " bytes, more have come");
            }
            bytes.complete();
            begun.tryEmitValue(context);
        } catch (IOException | RuntimeException failed) {
            Throwable failure = BlobFailures.of(name, failed);
            LOG.debug("{} broke off after {} bytes", name.key(), bytes.arrived(), failure);
            bytes.fail(failure);
            begun.tryEmitError(failure);
        } finally {
            reservation.release();
        }
    }
}
