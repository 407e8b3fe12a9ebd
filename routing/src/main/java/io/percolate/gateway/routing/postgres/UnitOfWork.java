package io.percolate.gateway.routing.postgres;

import io.percolate.gateway.routing.postgres.DatabaseException.Kind;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/**
 * One caller's turn with a connection of the pool.
 *
 * <p>A caller that goes away while it waits for a permit leaves the queue. Once the turn has begun it is never
 * cancelled, only no longer listened to: it ends by itself within its deadlines, and its connection goes back. So
 * cancellation reaches neither the pool nor the driver. A transaction whose caller went away may thus still commit, as
 * it may anyway when the cancellation crosses the commit.
 */
final class UnitOfWork<T> {
    private final Permits permits;
    private final boolean isUrgent;
    private final Mono<Session> sessions;
    private final Function<Session, Mono<T>> work;
    private final Function<Session, Mono<Void>> release;
    private final MonoSink<T> caller;
    private volatile boolean abandoned;
    private volatile Permits.@Nullable Waiter waiter;

    private UnitOfWork(
            Permits permits,
            boolean isUrgent,
            Mono<Session> sessions,
            Function<Session, Mono<T>> work,
            Function<Session, Mono<Void>> release,
            MonoSink<T> caller) {
        this.permits = permits;
        this.isUrgent = isUrgent;
        this.sessions = sessions;
        this.work = work;
        this.release = release;
        this.caller = caller;
    }

    /**
     * Runs the work on a session of its own, when subscribed.
     *
     * @param isUrgent whether it goes before those that are not
     * @param acquireTimeout how long to wait for a permit
     * @param release gives the session back; never errors
     */
    static <T> Mono<T> of(
            Permits permits,
            boolean isUrgent,
            Duration acquireTimeout,
            Mono<Session> sessions,
            Function<Session, Mono<T>> work,
            Function<Session, Mono<Void>> release) {
        return Mono.<T>create(sink ->
                        new UnitOfWork<>(permits, isUrgent, sessions, work, release, sink).begin(acquireTimeout))
                .onErrorMap(DatabaseErrors::sorted);
    }

    private void begin(Duration acquireTimeout) {
        caller.onCancel(this::abandon);
        switch (permits.request(isUrgent, this::run)) {
            case Permits.Request.Granted granted -> run();
            case Permits.Request.QueueFull full ->
                caller.error(new DatabaseException(
                        Kind.TIMEOUT, "too many callers wait for a connection to the management database"));
            case Permits.Request.Waiting waiting -> {
                waiter = waiting.waiter();
                if (abandoned) {
                    permits.leave(waiting.waiter());
                    return;
                }
                Disposable alarm = Schedulers.parallel()
                        .schedule(
                                () -> giveUp(waiting.waiter(), acquireTimeout),
                                acquireTimeout.toMillis(),
                                TimeUnit.MILLISECONDS);
                caller.onDispose(alarm);
            }
        }
    }

    private void giveUp(Permits.Waiter waiting, Duration acquireTimeout) {
        if (permits.leave(waiting)) {
            caller.error(new DatabaseException(
                    Kind.TIMEOUT,
                    "no connection to the management database became free within " + acquireTimeout.toMillis()
                            + " ms"));
        }
    }

    private void abandon() {
        abandoned = true;
        Permits.Waiter waiting = waiter;
        if (waiting != null) {
            permits.leave(waiting);
        }
    }

    /** Holds a permit from here on, and gives it back before the caller hears of the outcome. */
    private void run() {
        if (abandoned) {
            permits.release();
            return;
        }
        Mono.usingWhen(sessions, work, release, (session, error) -> release.apply(session), release)
                .doOnTerminate(permits::release)
                .contextWrite(caller.contextView())
                .subscribe(this::succeed, this::fail, this::complete);
    }

    private void succeed(T value) {
        if (!abandoned) {
            caller.success(value);
        }
    }

    private void complete() {
        if (!abandoned) {
            caller.success();
        }
    }

    private void fail(Throwable error) {
        if (!abandoned) {
            caller.error(error);
        }
    }
}
