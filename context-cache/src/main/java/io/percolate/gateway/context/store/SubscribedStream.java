package io.percolate.gateway.context.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
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

    /** Room for every buffer asked for, and for the ends of the publisher and of the reader. */
    private final BlockingQueue<Signal> signals = new ArrayBlockingQueue<>(PREFETCH + 2);

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
            signals.add(new Signal.Bytes(bytes));
        }

        @Override
        protected void hookOnComplete() {
            signals.add(new Signal.End(null));
        }

        @Override
        protected void hookOnError(Throwable error) {
            signals.add(new Signal.End(error));
        }

        @Override
        protected void hookFinally(SignalType type) {
            if (type == SignalType.CANCEL) {
                signals.offer(new Signal.End(new IOException("the stream was closed")));
            }
        }
    }

    SubscribedStream(Publisher<ByteBuffer> bytes) {
        bytes.subscribe(source);
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
                switch (signals.take()) {
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
