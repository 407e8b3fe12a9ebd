package io.percolate.gateway.proxy.engine;

import io.netty.channel.EventLoop;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * One result of I/O that an exchange waits for, brought back to the exchange's event loop.
 *
 * <p>A result that comes after {@link #cancel} or {@link #late} is closed if it can be, and else dropped.
 */
final class AwaitedResult<T> implements CoreSubscriber<T>, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(AwaitedResult.class);

    @SuppressWarnings("rawtypes") // one for results of all kinds
    private static final AtomicIntegerFieldUpdater<AwaitedResult> SIGNALLED =
            AtomicIntegerFieldUpdater.newUpdater(AwaitedResult.class, "signalled");

    private final ExchangeProgress progress;
    private final EventLoop loop;
    private final FailureKind lateKind;
    private final Consumer<? super T> then;
    private final Consumer<Failure> otherwise;
    /** 1 once it has been; a number of its own class, since very many requests may wait. */
    private volatile int signalled;

    private volatile @Nullable Subscription subscription;
    private @Nullable T value;
    private @Nullable Throwable error;
    private boolean cancelled;

    /** One of the two consumers is called, on the event loop, after {@link ExchangeProgress#awaited}. */
    AwaitedResult(
            ExchangeProgress progress,
            EventLoop loop,
            FailureKind lateKind,
            Consumer<? super T> then,
            Consumer<Failure> otherwise) {
        this.progress = progress;
        this.loop = loop;
        this.lateKind = lateKind;
        this.then = then;
        this.otherwise = otherwise;
    }

    /** What it becomes when it does not come in time. */
    FailureKind lateKind() {
        return lateKind;
    }

    /** Starts the wait; the result may come within this call. */
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

    /** On the event loop: it has not come in time, and nobody waits for it any more. */
    void late() {
        cancel();
        progress.awaited();
        otherwise.accept(Failure.of(lateKind, "what the request waited for did not come in time"));
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
        if (signalled == 0) {
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
            progress.awaited();
            then.accept(result);
        } else if (error != null) {
            progress.awaited();
            otherwise.accept(FailureException.failureOf(error));
        }
    }

    private void signal() {
        if (SIGNALLED.getAndSet(this, 1) == 1) {
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
