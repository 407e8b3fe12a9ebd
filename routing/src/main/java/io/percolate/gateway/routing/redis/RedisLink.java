package io.percolate.gateway.routing.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.EventExecutor;
import io.percolate.gateway.routing.redis.RedisMeters.Outcome;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.retry.Retry;

/**
 * The way to Redis: each command has a deadline, and a Redis that keeps missing it is not asked until it has answered a
 * probe in the background.
 *
 * <p>So an absent Redis costs nothing, and a silent one three deadlines. Commands run on one event loop
 * ({@link #execute}); nothing here blocks or throws, and nothing waits for Redis at the start.
 */
public final class RedisLink {
    private static final Logger log = LoggerFactory.getLogger(RedisLink.class);
    private static final Duration BACKOFF_MIN = Duration.ofMillis(100);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(2);
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(100);
    /** A probe that is unanswered for this long shows a dead connection, which is replaced. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);

    private static final Duration WARN_INTERVAL = Duration.ofSeconds(10);
    /** While Redis answers, it is probed every so many intervals only. */
    private static final int PROBES_SKIPPED = 20;

    private final RedisUrl url;
    private final long deadlineNanos;
    private final LettuceClient client;
    private final EventExecutor loop;
    private final RedisMeters meters;
    private final Breaker breaker = new Breaker();
    private final Disposable.Swap connecting = Disposables.swap();
    private final Disposable.Swap listening = Disposables.swap();
    private final Sinks.Empty<Void> firstUp = Sinks.empty();

    // Of the loop.
    private LettuceClient.@Nullable Commands commands;
    private @Nullable RedisFuture<String> probe;
    private long probedNanos;
    private long warnedNanos;
    private int ticks;

    private volatile String trouble = "not connected yet";
    private volatile boolean closed;

    private RedisLink(RedisConfig config, RedisUrl url, MeterRegistry registry) {
        this.url = url;
        this.deadlineNanos = config.deadline().toNanos();
        this.client = new LettuceClient(config, url);
        this.loop = client.loop();
        this.meters = new RedisMeters(registry);
        meters.up(breaker::isClosed);
    }

    /** Begins to connect, and goes on until it has; returns at once. */
    public static RedisLink open(RedisConfig config, MeterRegistry registry) {
        RedisUrl url = config.url().orElseThrow(() -> new IllegalArgumentException("a link needs a URL"));
        RedisLink link = new RedisLink(config, url, registry);
        link.connect();
        link.loop.scheduleWithFixedDelay(
                link::look, PROBE_INTERVAL.toNanos(), PROBE_INTERVAL.toNanos(), TimeUnit.NANOSECONDS);
        return link;
    }

    /** Completes when Redis is asked, or after this time; never errors. */
    Mono<Void> awaitUp(Duration max) {
        return Mono.defer(() -> isUp() ? Mono.<Void>empty() : firstUp.asMono().timeout(max, Mono.empty()));
    }

    /** Whether it is worth asking. */
    public boolean isUp() {
        return breaker.isClosed();
    }

    public RedisStatus status() {
        return breaker.isClosed()
                ? new RedisStatus(true, "routes and keys are shared through " + url)
                : new RedisStatus(false, url + " is not asked: " + trouble);
    }

    RedisMeters meters() {
        return meters;
    }

    /** Runs a task on Redis's event loop. */
    void execute(Runnable task) {
        if (!closed) {
            loop.execute(task);
        }
    }

    /**
     * Asks Redis, on its event loop.
     *
     * @param answer told once, on the loop, within the deadline: what Redis said, or null when it said nothing
     */
    <T> void ask(
            Function<RedisClusterAsyncCommands<byte[], byte[]>, RedisFuture<T>> command, Consumer<@Nullable T> answer) {
        LettuceClient.Commands to = commands;
        if (to == null || !breaker.isClosed()) {
            meters.ended(Outcome.SKIPPED);
            answer.accept(null);
            return;
        }
        RedisFuture<T> future;
        try {
            future = command.apply(to.async());
        } catch (RuntimeException refused) {
            // A full queue, or a connection that was closed just now.
            meters.ended(Outcome.ERROR);
            failed(refused.toString());
            answer.accept(null);
            return;
        }
        new Call<>(future, answer).begin();
    }

    /** One command under way. */
    private final class Call<T> {
        private final RedisFuture<T> future;
        private final Consumer<@Nullable T> answer;
        private final long beganNanos = System.nanoTime();
        private boolean over;

        Call(RedisFuture<T> future, Consumer<@Nullable T> answer) {
            this.future = future;
            this.answer = answer;
        }

        void begin() {
            var timer = loop.schedule(this::late, deadlineNanos, TimeUnit.NANOSECONDS);
            future.whenComplete((value, error) -> {
                timer.cancel(false);
                end(value, error);
            });
        }

        private void late() {
            if (over) {
                return;
            }
            over = true;
            // It may be answered yet; the place in Lettuce's queue is free when it is.
            future.cancel(false);
            meters.ended(Outcome.TIMEOUT);
            failed("no answer within " + TimeUnit.NANOSECONDS.toMillis(deadlineNanos) + " ms");
            answer.accept(null);
        }

        private void end(@Nullable T value, @Nullable Throwable error) {
            if (over) {
                return;
            }
            over = true;
            if (error == null || error instanceof RedisCommandExecutionException) {
                breaker.succeeded();
            } else {
                failed(String.valueOf(error.getMessage()));
            }
            if (error == null) {
                meters.answered(System.nanoTime() - beganNanos);
            } else {
                meters.ended(Outcome.ERROR);
                log.debug("Redis refused a command: {}", error.toString());
            }
            answer.accept(error == null ? value : null);
        }
    }

    private void failed(String why) {
        if (breaker.failed()) {
            opened(why);
        }
    }

    private void opened(String why) {
        trouble = why;
        long now = System.nanoTime();
        // A Redis that is slow now and then is left and found many times a minute.
        if (warnedNanos == 0 || now - warnedNanos > WARN_INTERVAL.toNanos()) {
            warnedNanos = now;
            log.warn("Redis ({}) is not asked any more until it answers again: {}", url, why);
        } else {
            log.debug("Redis ({}) is not asked any more until it answers again: {}", url, why);
        }
    }

    // Connecting and probing ------------------------------------------------------------------------------------------

    private void connect() {
        connecting.update(client.connect()
                .doOnError(error -> trouble = reason(error))
                .retryWhen(Retry.backoff(Long.MAX_VALUE, BACKOFF_MIN).maxBackoff(BACKOFF_MAX))
                .subscribe(
                        connected -> execute(() -> connected(connected)),
                        error -> log.error("connecting to Redis has stopped", error)));
    }

    private void connected(LettuceClient.Commands connected) {
        commands = connected;
        ticks = 0;
        ping(connected);
    }

    /** Every interval: asks for a sign of life, seldom while all is well. */
    private void look() {
        LettuceClient.Commands to = commands;
        if (to == null || (breaker.isClosed() && ticks++ % PROBES_SKIPPED != 0)) {
            return;
        }
        if (probe == null) {
            ping(to);
        } else if (System.nanoTime() - probedNanos > SILENCE_MAX.toNanos()) {
            log.warn("Redis ({}) is silent for {}: connecting anew", url, SILENCE_MAX);
            probe = null;
            commands = null;
            to.connection().closeAsync();
            connect();
        }
    }

    @SuppressWarnings("ReferenceEquality") // a probe is the same one, not one like it
    private void ping(LettuceClient.Commands to) {
        long begin = System.nanoTime();
        probedNanos = begin;
        RedisFuture<String> sent;
        try {
            sent = to.async().ping();
        } catch (RuntimeException refused) {
            lost(reason(refused));
            return;
        }
        probe = sent;
        sent.whenComplete((pong, error) -> execute(() -> {
            if (probe != sent) {
                return;
            }
            probe = null;
            if (error != null) {
                lost(reason(error));
            } else if (System.nanoTime() - begin <= deadlineNanos) {
                if (breaker.succeeded()) {
                    if (firstUp.tryEmitEmpty().isSuccess()) {
                        log.info("Redis ({}) answers", url);
                    } else {
                        log.debug("Redis ({}) answers again", url);
                    }
                }
            } else {
                failed("it answers after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + " ms");
            }
        }));
    }

    private void lost(String why) {
        trouble = why;
        if (breaker.lost()) {
            opened(why);
        }
    }

    private static String reason(Throwable error) {
        Throwable cause = error.getCause();
        return cause == null ? String.valueOf(error.getMessage()) : error.getMessage() + ": " + cause.getMessage();
    }

    // Messages --------------------------------------------------------------------------------------------------------

    /** Listens on a channel, on the loop, until {@link #close}; what is said while there is no connection is missed. */
    void listen(byte[] channel, Consumer<byte[]> listener) {
        listening.update(client.connectForMessages()
                .flatMap(connection -> subscribed(connection, channel, listener))
                .retryWhen(Retry.backoff(Long.MAX_VALUE, BACKOFF_MIN).maxBackoff(BACKOFF_MAX))
                .subscribe(done -> {}, error -> log.error("listening to Redis has stopped", error)));
    }

    private Mono<Void> subscribed(
            StatefulRedisPubSubConnection<byte[], byte[]> connection, byte[] channel, Consumer<byte[]> listener) {
        connection.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(byte[] from, byte[] message) {
                if (Arrays.equals(from, channel)) {
                    execute(() -> listener.accept(message));
                }
            }
        });
        return Mono.fromCompletionStage(() -> connection.async().subscribe(channel))
                .doOnError(error -> connection.closeAsync());
    }

    /** Closes the connections and ends the event loop. Never errors. */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            closed = true;
            connecting.dispose();
            listening.dispose();
            return client.close();
        });
    }
}
