package io.percolate.gateway.bench.pod;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import reactor.core.publisher.Flux;

/** Bytes that everybody can compute: the one at offset {@code i} is {@code i mod 251}. */
public final class DeterministicBytes {
    /** A prime, so that no power of two hides a shift. */
    private static final int PERIOD = 251;

    private static final int CHUNK_BYTES = 16 * 1024;
    private static final byte[] PATTERN = pattern();

    private DeterministicBytes() {}

    public static byte at(long offset) {
        return (byte) (offset % PERIOD);
    }

    /** The first {@code length} of them, made as fast as they are asked for. */
    static Flux<ByteBuf> stream(long length) {
        return Flux.generate(() -> 0L, (offset, sink) -> {
            if (offset == length) {
                sink.complete();
                return offset;
            }
            int count = (int) Math.min(CHUNK_BYTES, length - offset);
            sink.next(Unpooled.wrappedBuffer(PATTERN, (int) (offset % PERIOD), count));
            return offset + count;
        });
    }

    private static byte[] pattern() {
        byte[] pattern = new byte[PERIOD + CHUNK_BYTES];
        for (int i = 0; i < pattern.length; i++) {
            pattern[i] = at(i);
        }
        return pattern;
    }
}
