package io.percolate.gateway.context.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.SignalType;

/**
 * A publisher of buffers as a stream that blocks its one reader until there is more. How long, the publisher bounds by
 * ending in time. What the publisher errors with, reading throws. Closing, from any thread, cancels the publisher and
 * ends a read that waits.
 */
final class SubscribedStream extends InputStream {
    private static final int PREFETCH = 8;

    private sealed interface Signal {
        record Bytes(ByteBuffer bytes) implements Signal {}

        record End(@Nullable Throwable error) implements Signal {}
    }

    /**
     * At most the buffers asked for, and the ends of the publisher and of the reader. The publisher signals from event
     * loops, so that side takes no lock.
     */
    private final Queue<Signal> signals = new ConcurrentLinkedQueue<>();

    private final Semaphore arrived = new Semaphore(0);
    private final Source source = new Source();
    private ByteBuffer current = ByteBuffer.allocate(0);
    private Signal.@Nullable End end;

    private final class Source extends BaseSubscriber<ByteBuffer> {
        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(PREFETCH);
        }

        @Override
        protected void hookOnNext(ByteBuffer bytes) {
            arrive(new Signal.Bytes(bytes));
        }

        @Override
        protected void hookOnComplete() {
            arrive(new Signal.End(null));
        }

        @Override
        protected void hookOnError(Throwable error) {
            arrive(new Signal.End(error));
        }

        @Override
        protected void hookFinally(SignalType type) {
            if (type == SignalType.CANCEL) {
                arrive(new Signal.End(new IOException("the stream was closed")));
            }
        }
    }

    SubscribedStream(Publisher<ByteBuffer> bytes) {
        bytes.subscribe(source);
    }

    private void arrive(Signal signal) {
        signals.add(signal);
        arrived.release();
    }

    @Override
    public int read() throws IOException {
        return fill() ? Byte.toUnsignedInt(current.get()) : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int taken = Math.min(length, current.remaining());
        current.get(bytes, offset, taken);
        return taken;
    }

    private boolean fill() throws IOException {
        while (!current.hasRemaining() && end == null) {
            try {
                arrived.acquire();
                switch (signals.remove()) {
                    case Signal.Bytes(ByteBuffer bytes) -> {
                        current = bytes;
                        source.request(1);
                    }
                    case Signal.End last -> end = last;
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for bytes", interrupted);
            }
        }
        if (current.hasRemaining()) {
            return true;
        }
        @Nullable Throwable error = end == null ? null : end.error();
        if (error != null) {
            throw error instanceof IOException broken ? broken : new IOException(error.getMessage(), error);
        }
        return false;
    }

    @Override
    public void close() {
        source.cancel();
    }
}
