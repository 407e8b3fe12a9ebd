package io.percolate.gateway.routing.token.keys;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often tokens with unknown keys may cause a fetch: once in {@link #INTERVAL} on average, unless configured, a few at once after a quiet
 * time, and for the same key name ever more rarely.
 *
 * <p>So a key that has just been rotated in is fetched at once though a stray token has caused a fetch before, and tokens
 * with made-up keys are no load on the issuer. Not safe for use by several threads.
 */
final class RefetchBudget {
    static final Duration INTERVAL = Duration.ofSeconds(30);
    static final int BURST = 5;
    /** Until the same name may cause a second fetch; doubles with each one, up to the interval. */
    static final Duration SAME_NAME_MIN = Duration.ofSeconds(1);

    private static final int NAMES_MAX = 256;

    private final Clock clock;
    private final Duration interval;
    private final Map<String, Asked> names = new LinkedHashMap<>();
    /** Time that is left to spend: a fetch costs an interval. */
    private long creditMillis;

    private long countedAtMillis;

    /** @param interval between fetches on average, at most {@link #INTERVAL} */
    RefetchBudget(Clock clock, Duration interval) {
        this.clock = clock;
        this.interval = interval;
        this.creditMillis = BURST * interval.toMillis();
        this.countedAtMillis = clock.millis();
    }

    /** @param notBeforeMillis when the name may cause another fetch */
    private record Asked(long waitMillis, long notBeforeMillis) {}

    /** Takes a fetch out of the budget if there is one for this name. */
    boolean take(String name) {
        long now = clock.millis();
        creditMillis = Math.min(BURST * interval.toMillis(), creditMillis + Math.max(0, now - countedAtMillis));
        countedAtMillis = now;
        Asked before = names.get(name);
        if (creditMillis < interval.toMillis() || (before != null && now < before.notBeforeMillis())) {
            return false;
        }
        creditMillis -= interval.toMillis();
        long wait = before == null ? SAME_NAME_MIN.toMillis() : Math.min(interval.toMillis(), 2 * before.waitMillis());
        names.remove(name);
        names.put(name, new Asked(wait, now + wait));
        if (names.size() > NAMES_MAX) {
            names.remove(names.keySet().iterator().next());
        }
        return true;
    }
}
