package io.percolate.gateway.proxy.generate;

import java.nio.ByteBuffer;
import org.reactivestreams.Publisher;

/**
 * An answer that has begun.
 *
 * @param body to be subscribed once; cancelling it ends the generator's call
 */
public record Generated(String contentType, Publisher<ByteBuffer> body, Runnable whenUnwanted)
        implements AutoCloseable {
    /** Ends the call of an answer that nobody will read. */
    @Override
    public void close() {
        whenUnwanted.run();
    }
}
