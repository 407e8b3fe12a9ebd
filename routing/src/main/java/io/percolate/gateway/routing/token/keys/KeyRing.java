package io.percolate.gateway.routing.token.keys;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.token.keys.JwksSource.Fetched;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The keys in use, fetched again in the background and on demand.
 *
 * <p>One fetch at a time, shared by all who wait for it; who stops waiting does not cancel it. A fetch that fails, or
 * that brings no usable key, leaves the last good set in place until that is {@code keepMax} old. Safe for use from any
 * thread; nothing here blocks.
 */
public final class KeyRing implements AutoCloseable {
    /** A token may cause a fetch at most this often, so that tokens with made-up keys are no load on the issuer. */
    public static final Duration REFETCH_HOLD_OFF = Duration.ofSeconds(30);

    static final Duration FILE_CHECK_INTERVAL = Duration.ofSeconds(10);
    static final Duration RETRY_MIN = Duration.ofSeconds(1);
    static final Duration RETRY_MAX = Duration.ofSeconds(30);
    private static final double JITTER = 0.1;
    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

    private final JwksSource source;
    private final Duration refreshInterval;
    private final Duration timeout;
    private final Duration keepMax;
    private final Clock clock;
    private final Scheduler scheduler;
    private final DoubleSupplier random;
    private final Counter refreshed;
    private final Counter failed;
    private final Disposable.Swap nextRefresh = Disposables.swap();
    private final Disposable.Swap fetching = Disposables.swap();

    private final Object lock = new Object();
    private Sinks.@Nullable Empty<Void> flight;
    private long refetchedAtMillis = Long.MIN_VALUE;
    private boolean closed;
    private volatile boolean started;

    /** Written by the flight that is under way only. */
    private volatile State state = new State(null, null, null, 0);

    private volatile Consumer<Set<String>> listener = gone -> {};

    /** @param failures in a row, up to now */
    private record State(
            @Nullable KeySet keys,
            @Nullable Instant lastSuccess,
            @Nullable String lastError,
            int failures) {}

    KeyRing(
            JwksSource source,
            JwksConfig config,
            Duration refreshInterval,
            MeterRegistry registry,
            Clock clock,
            Scheduler scheduler,
            DoubleSupplier random) {
        this.source = source;
        this.refreshInterval = refreshInterval;
        this.timeout = config.timeout();
        this.keepMax = config.keepMax();
        this.clock = clock;
        this.scheduler = scheduler;
        this.random = random;
        this.refreshed = refreshes(registry, "success");
        this.failed = refreshes(registry, "failure");
        Gauge.builder("jwks.keys", this, KeyRing::size)
                .description("Keys that verify tokens now")
                .register(registry);
        Gauge.builder("jwks.age", this, KeyRing::ageSeconds)
                .baseUnit("seconds")
                .description("Since the key set was last fetched, or found unchanged; NaN before the first time")
                .register(registry);
    }

    /** The ring of the configured source; {@link #load} starts it. */
    public static KeyRing create(JwksConfig config, MeterRegistry registry, Clock clock) {
        return create(
                config,
                registry,
                clock,
                Schedulers.boundedElastic(),
                () -> ThreadLocalRandom.current().nextDouble());
    }

    /**
     * The ring of the configured source, in a time and by a chance of one's own.
     *
     * @param scheduler runs timers, file reads and the parsing of keys; may block
     * @param random from 0 to 1, spreads the refreshes of many processes
     */
    public static KeyRing create(
            JwksConfig config, MeterRegistry registry, Clock clock, Scheduler scheduler, DoubleSupplier random) {
        if (config.file().isPresent()) {
            JwksFile file = new JwksFile(config.file().get(), scheduler);
            Duration interval = config.refreshInterval().compareTo(FILE_CHECK_INTERVAL) < 0
                    ? config.refreshInterval()
                    : FILE_CHECK_INTERVAL;
            return new KeyRing(file, config, interval, registry, clock, scheduler, random);
        }
        JwksEndpoint endpoint = new JwksEndpoint(
                config.url().orElseThrow(() -> new IllegalArgumentException("a key ring needs a URL or a file")),
                config.timeout());
        return new KeyRing(endpoint, config, config.refreshInterval(), registry, clock, scheduler, random);
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
     * Fetches because a token named an unknown key: joins the fetch under way, or starts one unless a token has caused
     * one within {@link #REFETCH_HOLD_OFF}, in which case this is empty. The {@code Mono} completes when the fetch is
     * over, well or not, and never errors.
     *
     * @param judgedBy the keys that the token was judged by; where others have come into use since, these are to be
     *     asked first, and the {@code Mono} is complete
     */
    @SuppressWarnings("ReferenceEquality") // a set of keys is the same one, not one like it
    public Optional<Mono<Void>> refetch(@Nullable KeySet judgedBy) {
        synchronized (lock) {
            if (state.keys() != judgedBy) {
                return Optional.of(Mono.empty());
            }
            if (flight == null) {
                long now = clock.millis();
                boolean heldOff = refetchedAtMillis != Long.MIN_VALUE
                        && now >= refetchedAtMillis
                        && now - refetchedAtMillis < REFETCH_HOLD_OFF.toMillis();
                if (heldOff || closed) {
                    return Optional.empty();
                }
                refetchedAtMillis = now;
            }
        }
        return Optional.of(fetchOrJoin());
    }

    public KeyRingStatus status() {
        State now = state;
        KeySet keys = now.keys();
        return new KeyRingStatus(
                source.toString(),
                keys == null ? Set.of() : keys.kids(),
                keys == null ? List.of() : keys.ignored(),
                now.lastSuccess(),
                now.lastError());
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
        State now = state;
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
        fetching.replace(source.fetch(state.failures() > 0)
                .timeout(timeout, Mono.error(() -> new JwksException("no answer within " + timeout)), scheduler)
                .publishOn(scheduler)
                .map(this::accepted)
                .onErrorResume(error -> Mono.fromSupplier(() -> refused(error)))
                .subscribe(after -> land(mine, after)));
    }

    private State accepted(Fetched fetched) {
        State before = state;
        return switch (fetched) {
            case Fetched.Document(String json) -> new State(KeySet.parse(json), clock.instant(), null, 0);
            case Fetched.Unchanged() -> new State(before.keys(), clock.instant(), null, 0);
        };
    }

    private State refused(Throwable error) {
        State before = state;
        String reason = error instanceof JwksException known
                ? Objects.requireNonNullElse(known.getMessage(), "unknown")
                : Printable.of(error.getClass().getSimpleName() + ": " + error.getMessage());
        return new State(kept(before), before.lastSuccess(), reason, before.failures() + 1);
    }

    private int size() {
        KeySet keys = current();
        return keys == null ? 0 : keys.size();
    }

    private @Nullable KeySet kept(State before) {
        boolean fresh = before.lastSuccess() != null
                && clock.instant().isBefore(before.lastSuccess().plus(keepMax));
        return fresh ? before.keys() : null;
    }

    /** Takes the outcome into use before the waiters go on. */
    @SuppressWarnings("ReferenceEquality") // a flight is the same one, not one like it
    private void land(Sinks.Empty<Void> mine, State after) {
        State before = state;
        synchronized (lock) {
            if (flight != mine) {
                return;
            }
            state = after;
        }
        try {
            report(before, after);
            announce(idsOf(before), idsOf(after));
        } finally {
            synchronized (lock) {
                flight = null;
            }
            if (started) {
                scheduleNext();
            }
            (after.failures() == 0 ? refreshed : failed).increment();
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

    private static Set<String> idsOf(State state) {
        return state.keys() == null ? Set.of() : state.keys().ids();
    }

    private void report(State before, State after) {
        if (after.failures() > 0) {
            if (before.keys() != null && after.keys() == null) {
                LOG.error("keys from {} are older than {} and no longer used: {}", source, keepMax, after.lastError());
            } else if (!Objects.equals(before.lastError(), after.lastError())) {
                LOG.warn(
                        "keys from {} could not be refreshed, {}: {}",
                        source,
                        after.keys() == null ? "none are known" : "the last good ones stay in use",
                        after.lastError());
            }
            return;
        }
        KeySet keys = Objects.requireNonNull(after.keys());
        if (before.keys() == null || !before.keys().ids().equals(keys.ids())) {
            LOG.info("keys from {}: {}", source, keys.kids());
            keys.ignored().forEach(why -> LOG.warn("keys from {}: ignored {}", source, why));
        } else if (before.failures() > 0) {
            LOG.info("keys from {} are refreshed again", source);
        }
    }

    private double ageSeconds() {
        Instant lastSuccess = state.lastSuccess();
        return lastSuccess == null
                ? Double.NaN
                : Duration.between(lastSuccess, clock.instant()).toMillis() / 1000.0;
    }

    private static Counter refreshes(MeterRegistry registry, String outcome) {
        return Counter.builder("jwks.refresh")
                .tag("outcome", outcome)
                .description("Fetches of the key set")
                .register(registry);
    }
}
