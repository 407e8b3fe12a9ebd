package io.percolate.gateway.context.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;

/**
 * Bytes of a known length that one writer brings, read by any number of readers while they come and ever after, each
 * from where it wants and at its own pace. On the heap, in chunks of 64 KiB.
 *
 * <p>Readers are called on the writer's thread or on their own, never on two at once. A reader of the very end completes
 * only once the writer has said that all is whole.
 */
public final class ArrivingBytes {
    private final long length;
    private final byte[][] chunks;
    private final Set<Reader> readers = ConcurrentHashMap.newKeySet();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private volatile long arrived;
    private volatile boolean whole;
    private volatile @Nullable Throwable failure;

    public ArrivingBytes(long length) {
        this.length = length;
        this.chunks = new byte[Math.toIntExact((length + ChunkedBytes.CHUNK_BYTES - 1) / ChunkedBytes.CHUNK_BYTES)][];
    }

    public long length() {
        return length;
    }

    /** How many have come. */
    public long arrived() {
        return arrived;
    }

    /** Completes once all have come and are known to be right, errors where they never will; at once when that is past. */
    public Mono<Void> whole() {
        return ended.asMono();
    }

    /** How many the next {@link #append} has to bring; 0 when none are missing. */
    public int nextBytes() {
        return (int) Math.min(ChunkedBytes.CHUNK_BYTES, length - arrived);
    }

    /** Takes the next chunk, of {@link #nextBytes}. For the writer, as are the two below. */
    public void append(byte[] chunk) {
        if (chunk.length == 0 || chunk.length != nextBytes()) {
            throw new IllegalArgumentException("expected " + nextBytes() + " bytes, got " + chunk.length);
        }
        long before = arrived;
        chunks[(int) (before / ChunkedBytes.CHUNK_BYTES)] = chunk;
        arrived = before + chunk.length;
        readers.forEach(Reader::drain);
    }

    /** Says that all that came is right. */
    public void complete() {
        if (arrived != length) {
            throw new IllegalStateException("only " + arrived + " of " + length + " bytes have come");
        }
        whole = true;
        readers.forEach(Reader::drain);
        ended.tryEmitEmpty();
    }

    /** Says that no more will come, or that what came is not right. */
    public void fail(Throwable error) {
        failure = error;
        readers.forEach(Reader::drain);
        ended.tryEmitError(error);
    }

    /** What lies between {@code start} and {@code end}, in read-only views, one for each demand. */
    public Publisher<ByteBuffer> read(long start, long end) {
        Objects.checkFromToIndex(start, end, length);
        return subscriber -> {
            Reader reader = new Reader(subscriber, start, end);
            readers.add(reader);
            subscriber.onSubscribe(reader);
            reader.drain();
        };
    }

    /** The bytes once they are whole, not copied. */
    public ChunkedBytes asWhole() throws IOException {
        if (!whole) {
            throw new IOException("not all bytes have come");
        }
        return ChunkedBytes.of(Arrays.asList(chunks), length);
    }

    private final class Reader implements Subscription {
        private final Subscriber<? super ByteBuffer> subscriber;
        private final long end;
        private final AtomicLong requested = new AtomicLong();
        private final AtomicInteger signals = new AtomicInteger();
        private long position;
        private volatile boolean cancelled;

        Reader(Subscriber<? super ByteBuffer> subscriber, long start, long end) {
            this.subscriber = subscriber;
            this.position = start;
            this.end = end;
        }

        @Override
        public void request(long count) {
            if (count <= 0) {
                cancelled = true;
                readers.remove(this);
                subscriber.onError(new IllegalArgumentException("a demand is positive, not " + count));
                return;
            }
            requested.accumulateAndGet(count, Operators::addCap);
            drain();
        }

        @Override
        public void cancel() {
            cancelled = true;
            readers.remove(this);
        }

        void drain() {
            if (signals.getAndIncrement() != 0) {
                return;
            }
            int seen = 1;
            do {
                emit();
                seen = signals.addAndGet(-seen);
            } while (seen != 0);
        }

        private void emit() {
            while (!cancelled) {
                // Before the bytes: what came before a failure is given out first.
                Throwable failed = failure;
                boolean isWhole = whole;
                if (position < Math.min(end, arrived)) {
                    if (requested.get() == 0) {
                        return;
                    }
                    subscriber.onNext(next());
                    requested.updateAndGet(left -> left == Long.MAX_VALUE ? left : left - 1);
                } else if (position == end && (isWhole || end < length)) {
                    cancel();
                    subscriber.onComplete();
                } else if (failed != null) {
                    cancel();
                    subscriber.onError(failed);
                } else {
                    return;
                }
            }
        }

        private ByteBuffer next() {
            byte[] chunk = chunks[(int) (position / ChunkedBytes.CHUNK_BYTES)];
            int from = (int) (position % ChunkedBytes.CHUNK_BYTES);
            int count = (int) Math.min(chunk.length - from, end - position);
            position += count;
            return ByteBuffer.wrap(chunk, from, count).slice().asReadOnlyBuffer();
        }
    }
}
