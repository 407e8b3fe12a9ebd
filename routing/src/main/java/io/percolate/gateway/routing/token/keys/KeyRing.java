package io.percolate.gateway.routing.token.keys;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * The keys of one issuer that are in use, fetched again in the background and on demand.
 *
 * <p>One fetch at a time, shared by all who wait for it; who stops waiting does not cancel it. A fetch that fails, or
 * that brings no usable key, leaves the last good set in place until that is {@code keepMax} old. Safe for use from any
 * thread; nothing here blocks.
 */
public final class KeyRing implements AutoCloseable {
    static final Duration RETRY_MIN = Duration.ofSeconds(1);
    static final Duration RETRY_MAX = Duration.ofSeconds(30);
    private static final double JITTER = 0.1;

    private final String issuer;
    private final JwksSource source;
    private final Duration refreshInterval;
    private final Duration timeout;
    private final Duration keepMax;
    private final SignatureProvider signatures;
    private final KeyRingMeters meters;
    private final Clock clock;
    private final Scheduler scheduler;
    private final DoubleSupplier random;
    private final Disposable.Swap nextRefresh = Disposables.swap();
    private final Disposable.Swap fetching = Disposables.swap();

    private final Object lock = new Object();
    private final RefetchBudget budget;
    private Sinks.@Nullable Empty<Void> flight;
    private boolean closed;
    private volatile boolean started;

    /** Written by the flight that is under way only. */
    private volatile KeyState state = KeyState.NOTHING;

    private volatile Consumer<Set<String>> listener = gone -> {};

    /**
     * The ring of the configured source; {@link #load} starts it.
     *
     * @param issuer its name in metrics and for people
     * @param scheduler runs timers, file reads and the parsing of keys; may block
     * @param random from 0 to 1, spreads the refreshes of many processes
     */
    public KeyRing(
            String issuer,
            JwksConfig config,
            SignatureProvider signatures,
            MeterRegistry registry,
            Clock clock,
            Scheduler scheduler,
            DoubleSupplier random) {
        this(issuer, config, SharedKeySets.NONE, signatures, registry, clock, scheduler, random);
    }

    /** The same, for a source that other gateways ask, too. */
    public KeyRing(
            String issuer,
            JwksConfig config,
            SharedKeySets shared,
            SignatureProvider signatures,
            MeterRegistry registry,
            Clock clock,
            Scheduler scheduler,
            DoubleSupplier random) {
        this.issuer = issuer;
        this.source = JwksSource.of(config, scheduler, shared);
        this.refreshInterval = source.interval(config.refreshInterval());
        this.timeout = config.timeout();
        this.keepMax = config.keepMax();
        this.signatures = signatures;
        this.clock = clock;
        this.scheduler = scheduler;
        this.random = random;
        this.budget = new RefetchBudget(clock, config.unknownInterval());
        this.meters = new KeyRingMeters(issuer, () -> state, registry, clock);
    }

    /**
     * Told after each change of the keys, with the identities of those that are gone; on the thread of the fetch. One
     * listener, set before {@link #load}.
     */
    public void onChange(Consumer<Set<String>> keysGone) {
        listener = keysGone;
    }

    /** The keys in use, or null when none were ever loaded or the last good ones have grown too old. */
    public @Nullable KeySet current() {
        return state.keys();
    }

    /**
     * Starts the background work with a first fetch. Completes when that is over, well or not: {@link #status} tells,
     * and fetching goes on either way. Never errors.
     */
    public Mono<Void> load() {
        return Mono.defer(() -> {
            started = true;
            return fetchOrJoin();
        });
    }

    /**
     * Fetches because a token named an unknown key: joins the fetch under way, or starts one if the
     * {@link RefetchBudget} allows it, else this is empty. The {@code Mono} completes when the fetch is over, well or
     * not, and never errors.
     *
     * @param kid the name of the key; empty when the token gave none
     * @param judgedBy the keys that the token was judged by; where others have come into use since, these are to be
     *     asked first, and the {@code Mono} is complete
     */
    @SuppressWarnings("ReferenceEquality") // a set of keys is the same one, not one like it
    public Optional<Mono<Void>> refetch(String kid, @Nullable KeySet judgedBy) {
        Sinks.Empty<Void> mine = Sinks.empty();
        synchronized (lock) {
            if (state.keys() != judgedBy) {
                return Optional.of(Mono.empty());
            }
            // Joined here and now: once it has landed, this would begin another that the budget does not allow.
            if (flight != null) {
                return Optional.of(flight.asMono());
            }
            if (closed || !budget.take(kid)) {
                return Optional.empty();
            }
            // Before anybody else finds the budget spent, and no fetch to join.
            flight = mine;
        }
        fetch(mine);
        return Optional.of(mine.asMono());
    }

    public KeyRingStatus status() {
        return state.status(issuer, source.toString());
    }

    /** Stops the background work; who waits for a fetch is released. The keys in use stay. */
    @Override
    public void close() {
        Sinks.Empty<Void> waiting;
        synchronized (lock) {
            closed = true;
            waiting = flight;
            flight = null;
        }
        nextRefresh.dispose();
        fetching.dispose();
        if (waiting != null) {
            waiting.tryEmitEmpty();
        }
    }

    private Mono<Void> fetchOrJoin() {
        Sinks.Empty<Void> mine = Sinks.empty();
        synchronized (lock) {
            if (closed) {
                return Mono.empty();
            }
            if (flight != null) {
                return flight.asMono();
            }
            flight = mine;
        }
        fetch(mine);
        return mine.asMono();
    }

    /** Every fetch that ends sets the timer anew, so that one is always set. */
    private void scheduleNext() {
        KeyState now = state;
        Duration delay = refreshInterval;
        if (now.failures() > 0) {
            long backOffMillis = RETRY_MIN.toMillis() << Math.min(now.failures() - 1, 10);
            delay = Duration.ofMillis(
                    Math.min(Math.min(backOffMillis, RETRY_MAX.toMillis()), refreshInterval.toMillis()));
        }
        double jitter = 1 + JITTER * (2 * random.getAsDouble() - 1);
        long delayMillis = Math.max(1, Math.round(delay.toMillis() * jitter));
        nextRefresh.update(scheduler.schedule(this::fetchOrJoin, delayMillis, TimeUnit.MILLISECONDS));
    }

    private void fetch(Sinks.Empty<Void> mine) {
        KeyState before = state;
        fetching.replace(source.fetch(before.failures() > 0)
                .timeout(timeout, Mono.error(() -> new JwksException("no answer within " + timeout)), scheduler)
                .publishOn(scheduler)
                .map(fetched -> before.after(fetched, signatures, clock.instant()))
                .onErrorResume(error -> Mono.fromSupplier(() -> before.after(error, keepMax, clock.instant())))
                .subscribe(after -> land(mine, before, after)));
    }

    /** Takes the outcome into use before the waiters go on. */
    @SuppressWarnings("ReferenceEquality") // a flight is the same one, not one like it
    private void land(Sinks.Empty<Void> mine, KeyState before, KeyState after) {
        synchronized (lock) {
            if (flight != mine) {
                return;
            }
            state = after;
        }
        try {
            after.logSince(before, source.toString(), keepMax);
            announce(before.ids(), after.ids());
        } finally {
            synchronized (lock) {
                flight = null;
            }
            if (started) {
                scheduleNext();
            }
            meters.fetched(after.failures() == 0);
            mine.tryEmitEmpty();
        }
    }

    private void announce(Set<String> before, Set<String> after) {
        if (!before.equals(after)) {
            Set<String> gone = new HashSet<>(before);
            gone.removeAll(after);
            listener.accept(gone);
        }
    }
}
