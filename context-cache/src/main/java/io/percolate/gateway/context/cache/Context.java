package io.percolate.gateway.context.cache;

import java.nio.ByteBuffer;
import java.time.Instant;
import org.reactivestreams.Publisher;

/**
 * What a tenant can be answered from while it is cold: opened for {@code node_based} tenants, ciphertext for {@code
 * mobile_only} ones. Immutable; may be read any number of times, from any thread.
 */
public interface Context {
    /** Strong entity tag, with its quotes. */
    String etag();

    Instant lastModified();

    String contentType();

    long length();

    /**
     * The bytes from {@code start} to {@code end} (exclusive), in read-only chunks, as fast as they are asked for.
     * Errors like {@link ContextCache#get} where a part fetched later turns out unreadable.
     */
    Publisher<ByteBuffer> bytes(long start, long end);
}
