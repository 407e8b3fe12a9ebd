package io.percolate.gateway.context.blob;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Flux;

/**
 * Immutable bytes on the heap, in chunks of 64 KiB: no array large enough to trouble a garbage collector, and a part of
 * them is a view.
 */
public final class ChunkedBytes {
    public static final int CHUNK_BYTES = 64 * 1024;

    private final List<byte[]> chunks;
    private final long length;

    private ChunkedBytes(List<byte[]> chunks, long length) {
        this.chunks = chunks;
        this.length = length;
    }

    /** Of chunks that are full but for the last; takes them. */
    static ChunkedBytes of(List<byte[]> chunks, long length) {
        return new ChunkedBytes(chunks, length);
    }

    /** Reads the stream to its end, which may be {@code lengthExpected} bytes away or somewhere else. */
    public static ChunkedBytes readAll(InputStream stream, long lengthExpected) throws IOException {
        Builder builder = new Builder(lengthExpected);
        while (true) {
            if (builder.length() == lengthExpected) {
                int beyond = stream.read();
                if (beyond < 0) {
                    return builder.build();
                }
                builder.append(ByteBuffer.wrap(new byte[] {(byte) beyond}));
            }
            int count = stream.read(builder.tail(), builder.tailLength, builder.tailRoom());
            if (count < 0) {
                return builder.build();
            }
            builder.tailLength += count;
        }
    }

    public long length() {
        return length;
    }

    /** A read-only view that begins at {@code start} and ends at {@code end} or where its chunk does. */
    public ByteBuffer view(long start, long end) {
        Objects.checkFromToIndex(start, end, length);
        if (start == end) {
            return ByteBuffer.allocate(0).asReadOnlyBuffer();
        }
        byte[] chunk = chunks.get((int) (start / CHUNK_BYTES));
        int from = (int) (start % CHUNK_BYTES);
        return ByteBuffer.wrap(chunk, from, (int) Math.min(chunk.length - from, end - start))
                .slice()
                .asReadOnlyBuffer();
    }

    /** Read-only views of what lies between {@code start} and {@code end}, one for each demand. */
    public Flux<ByteBuffer> flux(long start, long end) {
        Objects.checkFromToIndex(start, end, length);
        return start == end
                ? Flux.empty()
                : Flux.generate(() -> start, (position, sink) -> {
                    ByteBuffer view = view(position, end);
                    long next = position + view.remaining();
                    sink.next(view);
                    if (next == end) {
                        sink.complete();
                    }
                    return next;
                });
    }

    public InputStream stream() {
        return new InputStream() {
            private long position;

            @Override
            public int read() {
                if (position == length) {
                    return -1;
                }
                byte[] chunk = chunks.get((int) (position / CHUNK_BYTES));
                return Byte.toUnsignedInt(chunk[(int) (position++ % CHUNK_BYTES)]);
            }

            @Override
            public int read(byte[] bytes, int offset, int count) {
                if (count == 0) {
                    return 0;
                }
                if (position == length) {
                    return -1;
                }
                ByteBuffer view = view(position, Math.min(length, position + count));
                int taken = view.remaining();
                view.get(bytes, offset, taken);
                position += taken;
                return taken;
            }
        };
    }

    /** Collects bytes as they come. */
    public static final class Builder {
        private final List<byte[]> full = new ArrayList<>();
        private final long lengthExpected;
        private byte[] tail = new byte[0];
        private int tailLength;

        /** @param lengthExpected sizes the chunks, so that what fits needs no copy; not a bound */
        public Builder(long lengthExpected) {
            this.lengthExpected = lengthExpected;
        }

        /** Copies the remaining bytes of the buffer. */
        public Builder append(ByteBuffer bytes) {
            while (bytes.hasRemaining()) {
                byte[] target = tail();
                int count = Math.min(bytes.remaining(), target.length - tailLength);
                bytes.get(target, tailLength, count);
                tailLength += count;
            }
            return this;
        }

        public long length() {
            return (long) full.size() * CHUNK_BYTES + tailLength;
        }

        public ChunkedBytes build() {
            long length = length();
            if (tailLength > 0) {
                full.add(tailLength == tail.length ? tail : Arrays.copyOf(tail, tailLength));
            }
            return new ChunkedBytes(List.copyOf(full), length);
        }

        /** The chunk being filled, with room for a byte at least. */
        private byte[] tail() {
            if (tailLength < tail.length) {
                return tail;
            }
            if (tail.length == CHUNK_BYTES) {
                full.add(tail);
                tail = new byte[0];
                tailLength = 0;
            }
            long missing = lengthExpected - length();
            int size = (int) Math.min(CHUNK_BYTES, missing > 0 ? tailLength + missing : 2L * tailLength + 1024);
            tail = Arrays.copyOf(tail, size);
            return tail;
        }

        private int tailRoom() {
            return tail.length - tailLength;
        }
    }
}
