package io.percolate.gateway.proxy.generate;

import java.nio.ByteBuffer;
import java.util.Map;
import org.reactivestreams.Publisher;

/**
 * An answer that has begun.
 *
 * @param body to be subscribed once; cancelling it ends the generator's call
 * @param trailers that follow the body once it was said to its end
 */
public record Generated(
        String contentType, Publisher<ByteBuffer> body, Map<String, String> trailers, Runnable whenUnwanted)
        implements AutoCloseable {
    /** Ends the call of an answer that nobody will read. */
    @Override
    public void close() {
        whenUnwanted.run();
    }
}
