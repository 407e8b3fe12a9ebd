package io.percolate.gateway.proxy.engine;

import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * One result of I/O that a request waits for, brought back to the request's event loop.
 *
 * <p>A result that comes after {@link #cancel} is closed if it can be, and else dropped.
 */
final class LoopCall<T> implements CoreSubscriber<T>, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(LoopCall.class);

    private final EventLoop loop;
    private final Consumer<? super T> then;
    private final Consumer<Throwable> otherwise;
    private final AtomicBoolean signalled = new AtomicBoolean();
    private volatile @Nullable Subscription subscription;
    private @Nullable T value;
    private @Nullable Throwable error;
    private boolean cancelled;

    private LoopCall(EventLoop loop, Consumer<? super T> then, Consumer<Throwable> otherwise) {
        this.loop = loop;
        this.then = then;
        this.otherwise = otherwise;
    }

    /** Prepares a call; on the event loop, which is where one of the two consumers is called. */
    static <T> LoopCall<T> prepare(EventLoop loop, Consumer<? super T> then, Consumer<Throwable> otherwise) {
        return new LoopCall<>(loop, then, otherwise);
    }

    /** Starts it; the result may come within this call. */
    void start(Mono<T> source) {
        source.subscribe(this);
    }

    /** On the event loop: nothing will be called any more. */
    void cancel() {
        cancelled = true;
        Subscription current = subscription;
        if (current != null) {
            current.cancel();
        }
    }

    @Override
    public void onSubscribe(Subscription started) {
        subscription = started;
        started.request(1);
    }

    @Override
    public void onNext(T result) {
        value = result;
        signal();
    }

    @Override
    public void onError(Throwable failed) {
        error = failed;
        signal();
    }

    @Override
    public void onComplete() {
        if (!signalled.get()) {
            error = new IllegalStateException("a source of one result ended without it");
            signal();
        }
    }

    @Override
    public void run() {
        T result = value;
        if (cancelled) {
            discard(result);
        } else if (result != null) {
            then.accept(result);
        } else if (error != null) {
            otherwise.accept(error);
        }
    }

    private void signal() {
        if (signalled.getAndSet(true)) {
            return;
        }
        if (loop.inEventLoop()) {
            run();
            return;
        }
        try {
            loop.execute(this);
        } catch (RejectedExecutionException shutDown) {
            LOG.debug("a result came after the event loop's end", shutDown);
            discard(value);
        }
    }

    private void discard(@Nullable T result) {
        if (result instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception failed) {
                LOG.error("a result that came too late could not be closed", failed);
            }
        }
    }
}
