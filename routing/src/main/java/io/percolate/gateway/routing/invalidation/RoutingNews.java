package io.percolate.gateway.routing.invalidation;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.Listening;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Notification;
import io.percolate.gateway.routing.postgres.Statements;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Listens, on one connection of its own, to what changes in the management database, and hands it to the followers.
 *
 * <p>A connection that is lost, or that a {@link Probe} finds silent, is replaced at once where it had lasted, and after a
 * jittered back-off where that fails; the followers then catch up from the last mark before they are told that nothing is missed any more.
 */
public final class RoutingNews {
    private static final Logger log = LoggerFactory.getLogger(RoutingNews.class);
    private static final Duration BACKOFF_MIN = Duration.ofMillis(50);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(2);
    /** A connection that has lasted so long is replaced at once; what ends sooner may go on ending. */
    private static final Duration SETTLED_AFTER = Duration.ofSeconds(1);
    /** Catching up, over all followers and pages. */
    private static final Duration CATCH_UP_TIMEOUT = Duration.ofSeconds(30);

    private final ManagementDatabase database;
    private final NewsConfig config;
    private final Map<String, NewsFollower> followers;
    private final NewsMeters meters;
    private final Probe probe = new Probe();
    private final AtomicReference<Disposable> listening = new AtomicReference<>(Disposables.disposed());

    // Written by the one session that is alive at a time; read by anyone.
    private volatile Probe.@Nullable Echo mark;
    private volatile boolean connected;
    private volatile long connectedNanos;
    private volatile boolean heard;
    private volatile long lastHeardNanos;
    private volatile int failuresInRow;

    public RoutingNews(
            ManagementDatabase database, NewsConfig config, List<NewsFollower> followers, MeterRegistry registry) {
        this.database = database;
        this.config = config;
        this.followers = followers.stream().collect(Collectors.toMap(NewsFollower::channel, Function.identity()));
        this.meters = new NewsMeters(registry, this);
    }

    /** Listens in the background until {@link #close}. */
    public void start() {
        Disposable sessions = Mono.defer(this::session)
                .onErrorResume(error -> {
                    report(error);
                    return Mono.empty();
                })
                .then(Mono.defer(() -> Mono.delay(backoff())))
                .repeat()
                .subscribe(ignored -> {}, error -> log.error("listening for changes has stopped", error));
        listening.getAndSet(sessions).dispose();
    }

    /** Stops listening; the connection closes in the background. */
    public void close() {
        listening.getAndSet(Disposables.disposed()).dispose();
    }

    public NewsStatus status() {
        Probe.Echo last = mark;
        return new NewsStatus(
                connected,
                last == null ? null : last.lag(),
                heard ? Duration.ofNanos(System.nanoTime() - lastHeardNanos) : null);
    }

    private Mono<Void> session() {
        List<String> channels = Stream.concat(Stream.of(probe.channel()), followers.keySet().stream())
                .toList();
        return database.listening(channels, this::follow).doFinally(ended -> lost());
    }

    private Mono<Void> follow(Listening connection) {
        Mono<Void> arriving = connection
                .notifications()
                .doOnNext(this::receive)
                .then(Mono.error(() -> new IllegalStateException("PostgreSQL has closed the listening connection")));
        Mono<Void> living = probed(connection.statements())
                .flatMap(echo -> caughtUp(connection.statements(), echo))
                .then(Mono.defer(() -> Mono.delay(config.probeInterval())
                        .then(probed(connection.statements()))
                        .doOnNext(this::remember)
                        .repeat()
                        .then()));
        return Flux.merge(arriving, living).then();
    }

    private Mono<Probe.Echo> probed(Statements statements) {
        return probe.send(statements, config.probeTimeout()).doOnNext(echo -> {
            if (echo.readOnly() && database.needsPrimary()) {
                throw new IllegalStateException(
                        "PostgreSQL takes no writes any more: another server must be the primary");
            }
            hear();
            meters.lag().record(echo.lag());
        });
    }

    private Mono<Void> caughtUp(Statements statements, Probe.Echo echo) {
        Gap gap = gap(mark, echo);
        return Flux.fromIterable(followers.values())
                .concatMap(follower -> follower.catchUp(statements, gap))
                .then()
                .timeout(CATCH_UP_TIMEOUT)
                .doOnSuccess(done -> {
                    remember(echo);
                    meters.resynced(gap);
                    connectedNanos = System.nanoTime();
                    connected = true;
                    followers.values().forEach(NewsFollower::connected);
                    log.info("listening for changes of routes (caught up: {})", gap);
                });
    }

    private static Gap gap(Probe.@Nullable Echo before, Probe.Echo now) {
        if (before == null) {
            return new Gap.Unknown();
        }
        return before.history().equals(now.history()) ? new Gap.Since(before.xmin()) : new Gap.OtherHistory();
    }

    private void remember(Probe.Echo echo) {
        mark = echo;
    }

    private void receive(Notification notification) {
        hear();
        if (notification.channel().equals(probe.channel())) {
            probe.received(notification.payload());
            return;
        }
        NewsFollower follower = followers.get(notification.channel());
        if (follower == null) {
            return;
        }
        meters.received(notification.channel());
        try {
            follower.received(notification.payload());
        } catch (RuntimeException fault) {
            // An exception here would end the stream for everyone.
            log.error("news on {} was not understood: '{}'", notification.channel(), notification.payload(), fault);
        }
    }

    private void hear() {
        lastHeardNanos = System.nanoTime();
        heard = true;
    }

    private void lost() {
        if (connected) {
            connected = false;
            followers.values().forEach(follower -> follower.lost(lastHeardNanos));
        }
    }

    /** Comes before {@link #lost}, so that it sees whether the session had connected. */
    private void report(Throwable error) {
        boolean hadSettled = connected && System.nanoTime() - connectedNanos >= SETTLED_AFTER.toNanos();
        failuresInRow = hadSettled ? 1 : Math.min(failuresInRow + 1, 30);
        String why = error instanceof TimeoutException ? "PostgreSQL is silent" : error.getMessage();
        if (failuresInRow == 1) {
            log.warn("changes of routes are not heard: {}; trying again", why);
        } else if (error instanceof DatabaseException) {
            log.debug("still not listening: {}", why);
        } else {
            log.warn("still not listening", error);
        }
    }

    private Duration backoff() {
        if (failuresInRow <= 1) {
            return Duration.ZERO;
        }
        int doublings = Math.clamp(failuresInRow - 2, 0, 10);
        long ceiling = Math.min(BACKOFF_MAX.toMillis(), BACKOFF_MIN.toMillis() << doublings);
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1));
    }
}
