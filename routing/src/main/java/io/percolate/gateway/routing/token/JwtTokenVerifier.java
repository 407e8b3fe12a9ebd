package io.percolate.gateway.routing.token;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.token.keys.KeyRing;
import io.percolate.gateway.routing.token.keys.KeyRingStatus;
import io.percolate.gateway.routing.token.keys.KeySet;
import io.percolate.gateway.routing.token.keys.Printable;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import io.percolate.gateway.routing.token.keys.VerificationKey;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Scheduler;

/**
 * Verifies JWTs against the issuer's published keys, or against a shared secret.
 *
 * <p>The key decides the algorithm. Only a token whose key is not known makes anyone wait: for one shared fetch of the
 * key set, within its deadline. {@link #load} starts the background work, {@link #close} ends it.
 */
public final class JwtTokenVerifier implements TokenVerifier, FlushableCache, AutoCloseable {
    /** A token without kid is tried against the keys that fit, if they are no more than this. */
    static final int KEYS_TRIED_MAX = 4;
    /** How many tokens may wait for a fetch of keys; further ones are answered 503 at once. */
    static final int WAITING_MAX = 10_000;

    private static final Duration KEYS_RETRY_AFTER = Duration.ofSeconds(5);

    private final TokenConfig config;
    private final @Nullable KeyRing ring;
    private final @Nullable VerificationKey secret;
    private final ClaimRules rules;
    private final TokenCache cache;
    private final Clock clock;
    private final Counter accepted;
    private final Counter refusedAgain;
    private final Map<FailureKind, Counter> refused = new EnumMap<>(FailureKind.class);
    private final AtomicInteger waiting = new AtomicInteger();

    private JwtTokenVerifier(TokenConfig config, @Nullable KeyRing ring, MeterRegistry registry, Clock clock) {
        this.config = config;
        this.ring = ring;
        this.secret = config.hs256Secret().map(VerificationKey::of).orElse(null);
        this.rules = new ClaimRules(config);
        this.cache = new TokenCache(config.tokensMax(), config.tokensBytesMax(), registry, clock);
        this.clock = clock;
        this.accepted = verifications(registry, "accepted");
        this.refusedAgain = verifications(registry, "refused_again");
        for (FailureKind kind : FailureKind.values()) {
            if (kind.name().startsWith("TOKEN_") || kind == FailureKind.KEYS_UNAVAILABLE) {
                refused.put(kind, verifications(registry, kind.name().toLowerCase(Locale.ROOT)));
            }
        }
        if (ring != null) {
            ring.onChange(cache::keysChanged);
        }
    }

    public static JwtTokenVerifier create(TokenConfig config, MeterRegistry registry, Clock clock) {
        return new JwtTokenVerifier(
                config,
                config.jwks().isPresent() ? KeyRing.create(config.jwks(), registry, clock) : null,
                registry,
                clock);
    }

    /** A verifier whose timers and fetches the scheduler runs, without chance. */
    static JwtTokenVerifier create(TokenConfig config, MeterRegistry registry, Clock clock, Scheduler scheduler) {
        return new JwtTokenVerifier(
                config,
                config.jwks().isPresent() ? KeyRing.create(config.jwks(), registry, clock, scheduler, () -> 0.5) : null,
                registry,
                clock);
    }

    /**
     * Fetches the keys for the first time and keeps them fresh from then on. Completes when the first attempt is over,
     * well or not ({@link #keys} tells); never errors.
     */
    public Mono<Void> load() {
        return ring == null ? Mono.empty() : ring.load();
    }

    /** How the keys stand. */
    public KeyRingStatus keys() {
        return ring == null ? KeyRingStatus.WITHOUT_SOURCE : ring.status();
    }

    /** Whether some token could be verified now. */
    public boolean isReady() {
        return secret != null || (ring != null && ring.current() != null);
    }

    @Override
    public @Nullable VerifiedToken cached(String token) {
        return cache.verified(token);
    }

    @Override
    public long generation() {
        return cache.epoch();
    }

    @Override
    public Mono<VerifiedToken> verify(String token) {
        return Mono.defer(() -> begin(token));
    }

    @Override
    public CacheName name() {
        return CacheName.TOKENS;
    }

    /** A tier is not known of a token, so a flush of one drops them all. */
    @Override
    public long flush(FlushScope scope) {
        return switch (scope) {
            case FlushScope.OneTenant(var tenant) -> cache.flush(tenant);
            case FlushScope.OneTier ignored -> cache.flushAll();
            case FlushScope.All ignored -> cache.flushAll();
        };
    }

    @Override
    public void close() {
        if (ring != null) {
            ring.close();
        }
    }

    /**
     * What a token is judged by.
     *
     * @param epoch of the cache
     */
    private record Grounds(long epoch, @Nullable KeySet keys) {}

    /** What the keys at hand make of a token. */
    private sealed interface Verdict {
        record Accepted(VerifiedToken token) implements Verdict {}

        record Refused(Failure failure) implements Verdict {}

        /** Newer keys might say otherwise; else it is refused for this. */
        record KeysWanted(Failure otherwise) implements Verdict {}
    }

    private Mono<VerifiedToken> begin(String token) {
        VerifiedToken known = cache.verified(token);
        if (known != null) {
            return Mono.just(known);
        }
        if (token.length() <= config.tokenBytesMax()) {
            Failure again = cache.refused(token);
            if (again != null) {
                refusedAgain.increment();
                return Mono.error(again.toException());
            }
        }
        CompactJws jws;
        try {
            jws = CompactJws.parse(token, config.tokenBytesMax());
        } catch (FailureException malformed) {
            return refuse(malformed.failure());
        }
        Grounds grounds = grounds();
        return switch (judge(token, jws, grounds)) {
            case Verdict.Accepted(VerifiedToken verified) -> accept(verified);
            case Verdict.Refused(Failure failure) -> refuse(failure);
            case Verdict.KeysWanted(Failure otherwise) -> awaitKeys(token, jws, grounds, otherwise);
        };
    }

    /** The epoch is read first, so that nothing judged by keys that have gone since stays in the cache. */
    private Grounds grounds() {
        long epoch = cache.epoch();
        return new Grounds(epoch, ring == null ? null : ring.current());
    }

    private Mono<VerifiedToken> awaitKeys(String token, CompactJws jws, Grounds judgedBy, Failure otherwise) {
        Optional<Mono<Void>> fetch = ring == null ? Optional.empty() : ring.refetch(judgedBy.keys());
        if (fetch.isEmpty()) {
            return refuse(otherwise);
        }
        if (waiting.incrementAndGet() > WAITING_MAX) {
            waiting.decrementAndGet();
            return refuse(keysUnavailable().withOperatorDetail(WAITING_MAX + " tokens wait for keys already"));
        }
        return fetch.get()
                .doFinally((SignalType end) -> waiting.decrementAndGet())
                .then(Mono.defer(() -> switch (judge(token, jws, grounds())) {
                    case Verdict.Accepted(VerifiedToken verified) -> accept(verified);
                    case Verdict.Refused(Failure failure) -> refuse(failure);
                    case Verdict.KeysWanted(Failure still) -> refuse(still);
                }));
    }

    private Verdict judge(String token, CompactJws jws, Grounds grounds) {
        List<VerificationKey> candidates;
        if (jws.algorithm() == SignatureAlgorithm.HS256) {
            if (secret == null) {
                return new Verdict.Refused(algorithmRefused("no shared secret is configured"));
            }
            candidates = List.of(secret);
        } else if (ring == null) {
            return new Verdict.Refused(algorithmRefused("only HS256 is configured"));
        } else {
            KeySet keys = grounds.keys();
            if (keys == null) {
                return new Verdict.KeysWanted(keysUnavailable());
            }
            String kid = jws.kid();
            candidates = kid == null ? keys.fitting(jws.algorithm()) : keys.named(kid);
            if (candidates.isEmpty()) {
                return new Verdict.KeysWanted(keyUnknown(jws, keys));
            }
            candidates =
                    candidates.stream().filter(key -> key.fits(jws.algorithm())).toList();
            if (candidates.isEmpty()) {
                return new Verdict.Refused(algorithmRefused("the key it names is for another algorithm"));
            }
            if (kid == null && candidates.size() > KEYS_TRIED_MAX) {
                return new Verdict.Refused(
                        Failure.of(FailureKind.TOKEN_KEY_UNKNOWN, "the token does not name its key (kid)")
                                .withOperatorDetail(candidates.size() + " keys fit"));
            }
        }
        return judge(token, jws, candidates, grounds.epoch());
    }

    private Verdict judge(String token, CompactJws jws, List<VerificationKey> candidates, long epoch) {
        byte[] signed = jws.signingInputBytes();
        VerificationKey key = null;
        for (VerificationKey candidate : candidates) {
            if (candidate.verifies(jws.algorithm(), signed, jws.signature())) {
                key = candidate;
                break;
            }
        }
        Failure failure;
        if (key == null) {
            failure = Failure.of(FailureKind.TOKEN_SIGNATURE_INVALID, "the token's signature does not hold");
        } else {
            try {
                VerifiedToken verified = rules.check(jws.claims(), clock.millis());
                cache.putVerified(token, verified, key.id(), epoch);
                return new Verdict.Accepted(verified);
            } catch (FailureException broken) {
                failure = broken.failure();
            }
        }
        cache.putRefused(token, failure, epoch);
        // Where keys have no names, a rotated key shows in this way only.
        return key == null && jws.kid() == null && jws.algorithm() != SignatureAlgorithm.HS256
                ? new Verdict.KeysWanted(failure)
                : new Verdict.Refused(failure);
    }

    private Mono<VerifiedToken> accept(VerifiedToken verified) {
        accepted.increment();
        return Mono.just(verified);
    }

    private Mono<VerifiedToken> refuse(Failure failure) {
        Counter counter = refused.get(failure.kind());
        if (counter != null) {
            counter.increment();
        }
        return Mono.error(failure.toException());
    }

    private static Failure algorithmRefused(String why) {
        return Failure.of(FailureKind.TOKEN_ALGORITHM_REFUSED, "the token's algorithm is not accepted")
                .withOperatorDetail(why);
    }

    private static Failure keyUnknown(CompactJws jws, KeySet keys) {
        String kid = jws.kid();
        return Failure.of(FailureKind.TOKEN_KEY_UNKNOWN, "the token's key is not known")
                .withOperatorDetail(
                        (kid == null ? "no key fits " + jws.algorithm().text() : "kid '" + Printable.of(kid) + "'")
                                + "; known: " + Printable.of(keys.kids().toString()));
    }

    private static Failure keysUnavailable() {
        return Failure.of(FailureKind.KEYS_UNAVAILABLE, "the keys that verify tokens are not available yet")
                .withRetryAfter(KEYS_RETRY_AFTER);
    }

    private static Counter verifications(MeterRegistry registry, String outcome) {
        return Counter.builder("token.verifications")
                .tag("outcome", outcome)
                .description("Tokens that were not found among the verified ones, by what became of them")
                .register(registry);
    }
}
