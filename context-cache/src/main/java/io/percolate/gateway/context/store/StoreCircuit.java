package io.percolate.gateway.context.store;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * Spares reads of a store that is away: after a few outages in a row, of whatever tenants, they are refused at once for
 * a while that doubles, and one at a time finds out whether the store is back.
 *
 * <p>Faults that come fast and may concern one object only (denied, absent) neither open nor close it.
 */
final class StoreCircuit {
    /** Enough that one broken connection pool's worth of bad luck does not do it; each stands for all its attempts. */
    static final int OUTAGES_MAX = 4;

    static final Duration OPEN_MIN = Duration.ofSeconds(1);
    static final Duration OPEN_MAX = Duration.ofSeconds(15);
    private static final double JITTER = 0.2;

    /** As a gauge: 0 closed, 1 one call finds out, 2 open. */
    enum State {
        CLOSED,
        PROBING,
        OPEN
    }

    private final Ticker ticker;
    private final DoubleSupplier random;
    private State state = State.CLOSED;
    private int outages;
    private long openNanos = OPEN_MIN.toNanos();
    private long openUntilNanos;

    StoreCircuit() {
        this(Ticker.systemTicker(), () -> ThreadLocalRandom.current().nextDouble());
    }

    /** @param random from 0 to 1, for the jitter */
    StoreCircuit(Ticker ticker, DoubleSupplier random) {
        this.ticker = ticker;
        this.random = random;
    }

    /** Whether a call may be made: empty when so, else how long it had better wait. Whoever may, tells how it went. */
    synchronized Optional<Duration> refusal() {
        return switch (state) {
            case CLOSED -> Optional.empty();
            case PROBING -> Optional.of(OPEN_MIN);
            case OPEN -> {
                long left = openUntilNanos - ticker.read();
                if (left > 0) {
                    yield Optional.of(Duration.ofNanos(left));
                }
                state = State.PROBING;
                yield Optional.empty();
            }
        };
    }

    /** A call was answered. */
    synchronized void answered() {
        state = State.CLOSED;
        outages = 0;
        openNanos = OPEN_MIN.toNanos();
    }

    /** A call met an outage. */
    synchronized void outage() {
        outages++;
        if (state == State.PROBING || (state == State.CLOSED && outages >= OUTAGES_MAX)) {
            state = State.OPEN;
            openUntilNanos = ticker.read() + (long) (openNanos * (1 - JITTER + 2 * JITTER * random.getAsDouble()));
            openNanos = Math.min(2 * openNanos, OPEN_MAX.toNanos());
        }
    }

    /** A call was given up by its caller, or failed in a way that says nothing of the store. */
    synchronized void undecided() {
        if (state == State.PROBING) {
            state = State.OPEN;
        }
    }

    synchronized State state() {
        return state;
    }
}
