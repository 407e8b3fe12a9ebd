package io.percolate.gateway.proxy.engine.websocket;

import io.netty.buffer.ByteBuf;

/**
 * One end of a tunnel: bytes to and from a client or a pod, whether on a connection of their own or on a stream of
 * HTTP/2. All calls are on the tunnel's event loop; after {@link #end} or {@link #abort} there are none, and nothing more
 * comes from it.
 */
public interface TunnelEnd {
    /** Writes bytes, not flushed; takes them. */
    void write(ByteBuf bytes);

    void flush();

    /** Whether it takes more without much of it having to wait. */
    boolean isWritable();

    /** Bytes that were written and that the other side has not taken. */
    long pendingBytes();

    void pauseRead();

    void resumeRead();

    /** Ends it in order, after all that was written. */
    void end();

    /** Breaks it off, whatever waits in it. */
    void abort();
}
