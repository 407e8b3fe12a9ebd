package io.percolate.gateway.proxy.generate;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * A stream whose first part has come, to be read once by whoever takes it from there: the first part again, and the rest
 * as it is asked for. Beside the first, nothing is asked for ahead.
 */
final class BegunStream extends BaseSubscriber<ByteBuffer> implements Publisher<ByteBuffer> {
    private final Queue<ByteBuffer> parts = new ConcurrentLinkedQueue<>();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicInteger signals = new AtomicInteger();
    private final Runnable onFirst;
    private boolean first = true;
    private boolean firstAskedFor;
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Subscriber<? super ByteBuffer> reader;
    private boolean over;

    private BegunStream(Runnable onFirst) {
        this.onFirst = onFirst;
    }

    /** Subscribes to the source; completes with its first part, and empty when it has none. */
    static Mono<BegunStream> of(Flux<ByteBuffer> source) {
        return Mono.create(sink -> {
            BegunStream[] self = new BegunStream[1];
            BegunStream stream = new BegunStream(() -> sink.success(self[0]));
            self[0] = stream;
            sink.onCancel(stream);
            source.doOnError(failed -> {
                        if (stream.parts.isEmpty() && stream.first) {
                            sink.error(failed);
                        }
                    })
                    .doOnComplete(() -> {
                        if (stream.first) {
                            sink.success();
                        }
                    })
                    .subscribe(stream);
        });
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(1);
    }

    @Override
    protected void hookOnNext(ByteBuffer part) {
        parts.add(part);
        if (first) {
            first = false;
            onFirst.run();
        }
        drain();
    }

    @Override
    protected void hookOnComplete() {
        ended = true;
        drain();
    }

    @Override
    protected void hookOnError(Throwable error) {
        failure = error;
        ended = true;
        drain();
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
        subscriber.onSubscribe(new Subscription() {
            @Override
            public void request(long count) {
                ask(count);
            }

            @Override
            public void cancel() {
                BegunStream.this.cancel();
            }
        });
        reader = subscriber;
        drain();
    }

    /** Of the reader; what it asks for first is the part that is here. */
    private void ask(long count) {
        requested.accumulateAndGet(count, Operators::addCap);
        long more = count;
        synchronized (this) {
            if (!firstAskedFor) {
                firstAskedFor = true;
                more = count == Long.MAX_VALUE ? count : count - 1;
            }
        }
        if (more > 0) {
            upstream().request(more);
        }
        drain();
    }

    private void drain() {
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
        Subscriber<? super ByteBuffer> to = reader;
        while (to != null && !over) {
            boolean atEnd = ended;
            ByteBuffer next = requested.get() > 0 ? parts.poll() : null;
            if (next != null) {
                requested.updateAndGet(left -> left == Long.MAX_VALUE ? left : left - 1);
                to.onNext(next);
            } else if (atEnd && parts.isEmpty()) {
                over = true;
                Throwable failed = failure;
                if (failed == null) {
                    to.onComplete();
                } else {
                    to.onError(failed);
                }
            } else {
                return;
            }
        }
    }
}
