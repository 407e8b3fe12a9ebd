package io.percolate.gateway.proxy.engine.http2;

import org.jspecify.annotations.Nullable;

/**
 * How the last streams of a connection came to their end, which decides what a frame means that comes for one of them
 * later (RFC 9113, section 5.1).
 */
public final class ClosedStreams {
    /** What closed a stream. */
    public enum By {
        /** Both sides had come to their end. */
        END,
        PEER_RESET,
        /** What the peer had sent by then may still come, and means nothing. */
        OUR_RESET
    }

    /** Streams that are remembered; more than can be open at once by default, and a power of two. */
    private static final int KEPT = 256;

    private final int[] ids = new int[KEPT];
    private final @Nullable By[] how = new @Nullable By[KEPT];
    private int next;

    public void closed(int streamId, By by) {
        ids[next] = streamId;
        how[next] = by;
        next = (next + 1) & (KEPT - 1);
    }

    /** What closed this stream; null when that is long ago, or there never was such a stream. */
    public @Nullable By by(int streamId) {
        for (int i = 0; i < KEPT; i++) {
            if (ids[i] == streamId) {
                return how[i];
            }
        }
        return null;
    }
}
