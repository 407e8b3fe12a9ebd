package io.percolate.gateway.routing.revocation;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.invalidation.Gap;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.revocation.Revocation.Kind;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The deny list of one process: what {@code token_revocations} holds, kept in memory and up to date by notifications.
 *
 * <p>After each time of not listening the table is read as a whole: entries are few, and a deletion leaves no row to ask
 * for. Rows and notifications come over the same connection in the order in which they were committed, so the two do not
 * get in each other's way. Safe for use from any thread.
 */
public final class Revocations implements NewsFollower {
    /** In memory, some 300 bytes each; the management API stops long before. */
    static final int ENTRIES_MAX = 1_000_000;

    private static final Logger log = LoggerFactory.getLogger(Revocations.class);
    private static final int PAGE_ROWS = 5_000;
    private static final int SWEEP_AT_MIN = 10_000;
    private static final UUID LOWEST = new UUID(0, 0);

    private final Map<String, Entry> tokens = new ConcurrentHashMap<>();
    private final Map<String, Entry> sessions = new ConcurrentHashMap<>();
    private final AtomicLong generation = new AtomicLong();
    private final Clock clock;
    /** Which reading of the table vouches for an entry; moves before its first query is sent. */
    private long reading;
    /** Entries that have ended are looked for when there are this many; afterwards at twice what remains. */
    private int sweepAt = SWEEP_AT_MIN;

    private volatile boolean loaded;

    /**
     * What is known of one {@code jti} or {@code sid}; a chain where several issuers use the same.
     *
     * @param reading the last one that was under way, or over, when this was heard
     */
    private record Entry(
            Revocation revocation, long reading, @Nullable Entry next) {
        Entry with(Revocation other, long inReading) {
            Entry rest = without(other);
            return new Entry(other, inReading, rest);
        }

        @Nullable
        Entry without(Revocation other) {
            Entry rest = next == null ? null : next.without(other);
            return revocation.isAbout(other) ? rest : new Entry(revocation, reading, rest);
        }

        @Nullable
        Entry since(long oldest, long nowMillis) {
            Entry rest = next == null ? null : next.since(oldest, nowMillis);
            return reading < oldest || revocation.expiresAtMillis() <= nowMillis
                    ? rest
                    : new Entry(revocation, reading, rest);
        }
    }

    public Revocations(MeterRegistry registry, Clock clock) {
        this.clock = clock;
        Gauge.builder("token.revocations", this, r -> r.tokens.size() + r.sessions.size())
                .description("Tokens and sessions on the deny list")
                .register(registry);
    }

    /** Of a process without a management database: nothing is ever revoked. */
    public static Revocations none(MeterRegistry registry, Clock clock) {
        Revocations none = new Revocations(registry, clock);
        none.loaded = true;
        return none;
    }

    /** Whether the list was read once; until then nobody can say that a token is not on it. */
    public boolean isLoaded() {
        return loaded;
    }

    /** Changes whenever the list has. */
    public long generation() {
        return generation.get();
    }

    /** Whether a token with these claims is on the list; those that it lacks are empty. Allocates nothing. */
    public boolean isRevoked(String tokenId, String session, String issuer) {
        return isListed(tokens, tokenId, issuer) || isListed(sessions, session, issuer);
    }

    private boolean isListed(Map<String, Entry> entries, String value, String issuer) {
        Entry entry = value.isEmpty() || entries.isEmpty() ? null : entries.get(value);
        while (entry != null) {
            if (entry.revocation().holds(issuer, clock.millis())) {
                return true;
            }
            entry = entry.next();
        }
        return false;
    }

    @Override
    public String channel() {
        return "percolate_revocations";
    }

    @Override
    public void received(String payload) {
        Revocation.Message message = Revocation.Message.parse(payload);
        if (message.lifted()) {
            of(message.revocation().kind())
                    .computeIfPresent(
                            message.revocation().value(), (value, entry) -> entry.without(message.revocation()));
        } else {
            put(message.revocation());
        }
        generation.incrementAndGet();
    }

    @Override
    public Mono<Void> catchUp(Statements statements, Gap gap) {
        return Mono.defer(() -> {
            reading++;
            return page(statements, LOWEST)
                    .expand(rows -> rows.size() < PAGE_ROWS
                            ? Mono.empty()
                            : page(statements, rows.getLast().id()))
                    .concatMap(Flux::fromIterable)
                    .doOnNext(row -> put(row.revocation()))
                    .then(Mono.fromRunnable(this::forgetOthers));
        });
    }

    private static Mono<List<Revocation.Row>> page(Statements statements, UUID after) {
        return statements.query(
                "SELECT " + Revocation.COLUMNS + " FROM token_revocations WHERE id > $1 AND expires_at > now()"
                        + " ORDER BY id LIMIT " + PAGE_ROWS,
                Revocation.Row::of,
                after);
    }

    private void forgetOthers() {
        keepSince(reading);
        loaded = true;
        generation.incrementAndGet();
    }

    private void keepSince(long oldest) {
        long now = clock.millis();
        for (Map<String, Entry> entries : List.of(tokens, sessions)) {
            entries.keySet().forEach(value -> entries.computeIfPresent(value, (v, entry) -> entry.since(oldest, now)));
        }
    }

    private void put(Revocation revocation) {
        if (tokens.size() + sessions.size() >= sweepAt) {
            keepSince(Long.MIN_VALUE);
            sweepAt = Math.max(SWEEP_AT_MIN, 2 * (tokens.size() + sessions.size()));
        }
        Map<String, Entry> entries = of(revocation.kind());
        if (entries.size() >= ENTRIES_MAX && !entries.containsKey(revocation.value())) {
            log.error("the deny list is full: {} of {} is not on it", revocation.kind(), revocation.issuer());
            return;
        }
        entries.compute(
                revocation.value(),
                (value, entry) ->
                        entry == null ? new Entry(revocation, reading, null) : entry.with(revocation, reading));
    }

    private Map<String, Entry> of(Kind kind) {
        return switch (kind) {
            case TOKEN -> tokens;
            case SESSION -> sessions;
        };
    }
}
