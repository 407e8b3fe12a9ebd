package io.percolate.gateway.proxy.engine;

import static io.netty.handler.codec.http2.Http2FrameTypes.CONTINUATION;
import static io.netty.handler.codec.http2.Http2FrameTypes.DATA;
import static io.netty.handler.codec.http2.Http2FrameTypes.HEADERS;
import static io.netty.handler.codec.http2.Http2FrameTypes.RST_STREAM;

import io.percolate.gateway.proxy.engine.Edge.ConnectionAbuse;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a client of HTTP/2 may cost by frames that bring no request forward (RFC 9113, section 10.5), counted anew in
 * every window of time.
 */
final class FrameBudget {
    static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** Frames of a header block; the largest that may come fits into a few. */
    static final int BLOCK_FRAMES_MAX = 32;

    static final int EMPTY_DATA_MAX = 16;

    private static final int END_STREAM = 0x1;
    private static final int END_HEADERS = 0x4;

    /** A request may come with some priorities and windows. */
    private static final int EARNED_BY_REQUEST = 8;
    /** A client with windows of a kilobyte gives back each half of them, of the stream and of the connection. */
    private static final int EARNED_SHIFT = 8;

    private static final int EARNED_BY_PART = 4;

    private final Http2Config config;
    private final int blockBytesMax;
    private long windowStart;
    private int resets;
    private int provokedResets;
    private long controlFrames;
    private long earned;
    private int emptyData;
    private int blockFrames;
    private long blockBytes;
    private boolean blockOpen;

    /** @param blockBytesMax of a header block as it is on the wire */
    FrameBudget(Http2Config config, int blockBytesMax, long nowNanos) {
        this.config = config;
        this.blockBytesMax = blockBytesMax;
        this.windowStart = nowNanos;
    }

    /** Whether a header block has begun and not ended. */
    boolean isBlockOpen() {
        return blockOpen;
    }

    /** Counts a frame that has come, by its head; what it is too much of, or null. */
    @Nullable
    ConnectionAbuse received(int type, int flags, int length, long nowNanos) {
        roll(nowNanos);
        return switch (type) {
            case HEADERS -> {
                earned += EARNED_BY_REQUEST;
                blockFrames = 0;
                blockBytes = 0;
                yield block(flags, length);
            }
            case CONTINUATION -> block(flags, length);
            case DATA -> data(flags, length);
            case RST_STREAM -> ++resets > config.resetsMax() ? ConnectionAbuse.RESETS : null;
            default -> ++controlFrames - earned > config.controlFramesMax() ? ConnectionAbuse.CONTROL_FRAMES : null;
        };
    }

    /** Counts a stream that we reset because of what the client did; whether that is too many. */
    boolean provokedReset(long nowNanos) {
        roll(nowNanos);
        return ++provokedResets > config.provokedResetsMax();
    }

    /** A part of an answer has been written, whose window the client will give back. */
    void sent(int bytes) {
        earned += EARNED_BY_PART + (bytes >> EARNED_SHIFT);
    }

    private @Nullable ConnectionAbuse data(int flags, int length) {
        emptyData = length > 0 || (flags & END_STREAM) != 0 ? 0 : emptyData + 1;
        return emptyData > EMPTY_DATA_MAX ? ConnectionAbuse.EMPTY_DATA : null;
    }

    private @Nullable ConnectionAbuse block(int flags, int length) {
        blockBytes += length;
        blockOpen = (flags & END_HEADERS) == 0;
        if (++blockFrames > BLOCK_FRAMES_MAX) {
            return ConnectionAbuse.CONTINUATIONS;
        }
        return blockBytes > blockBytesMax ? ConnectionAbuse.HEADER_BLOCK : null;
    }

    private void roll(long nowNanos) {
        if (nowNanos - windowStart >= WINDOW_NANOS) {
            windowStart = nowNanos;
            resets = 0;
            provokedResets = 0;
            controlFrames = 0;
            earned = 0;
        }
    }
}
