package io.percolate.gateway.routing.token;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.revocation.Revocations;
import io.percolate.gateway.routing.token.TrustedIssuer.Verdict;
import io.percolate.gateway.routing.token.keys.KeyRing;
import io.percolate.gateway.routing.token.keys.KeyRingStatus;
import io.percolate.gateway.routing.token.keys.KeySet;
import io.percolate.gateway.routing.token.keys.SharedKeySets;
import io.percolate.gateway.routing.token.keys.SignatureProvider;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Verifies JWTs against their issuer's published keys, or against a shared secret.
 *
 * <p>The key decides the algorithm. Only a token whose key is not known makes anyone wait: for one shared fetch of the
 * key set, within its deadline. {@link #load} starts the background work, {@link #close} ends it.
 */
public final class JwtTokenVerifier implements TokenVerifier, FlushableCache, AutoCloseable {
    /** How many tokens may wait for a fetch of keys; further ones are answered 503 at once. */
    static final int WAITING_MAX = 10_000;

    private final TokenConfig config;
    private final TrustedIssuers issuers;
    private final SignatureProvider signatures;
    private final Revocations revocations;
    private final TokenCache cache;
    private final KnownHeaders headers = new KnownHeaders();
    private final VerificationQueue queue;
    private final Clock clock;
    private final Counter accepted;
    private final Counter refusedAgain;
    private final Map<FailureKind, Counter> refused = new EnumMap<>(FailureKind.class);
    private final AtomicInteger waiting = new AtomicInteger();

    private JwtTokenVerifier(
            TokenConfig config,
            SharedKeySets shared,
            Revocations revocations,
            MeterRegistry registry,
            Clock clock,
            Scheduler scheduler,
            DoubleSupplier random) {
        this.config = config;
        this.revocations = revocations;
        this.signatures = SignatureProvider.of(config.signatures());
        this.cache = new TokenCache(config.tokensMax(), config.tokensBytesMax(), registry, clock);
        this.queue = new VerificationQueue(config.verificationsQueuedMax(), registry);
        this.clock = clock;
        this.accepted = verifications(registry, "accepted");
        this.refusedAgain = verifications(registry, "refused_again");
        for (FailureKind kind : FailureKind.values()) {
            if (kind.name().startsWith("TOKEN_") || kind == FailureKind.KEYS_UNAVAILABLE) {
                refused.put(kind, verifications(registry, kind.name().toLowerCase(Locale.ROOT)));
            }
        }
        signatures.show(registry);
        this.issuers = TrustedIssuers.of(config.issuers().stream()
                .map(issuer -> TrustedIssuer.of(
                        issuer,
                        config,
                        issuer.jwks().isPresent()
                                ? new KeyRing(
                                        issuer.name(),
                                        issuer.jwks(),
                                        shared,
                                        signatures,
                                        registry,
                                        clock,
                                        scheduler,
                                        random)
                                : null))
                .toList());
        for (TrustedIssuer issuer : issuers.all()) {
            if (issuer.ring() != null) {
                issuer.ring().onChange(cache::keysChanged);
            }
        }
    }

    public static JwtTokenVerifier create(
            TokenConfig config, Revocations revocations, MeterRegistry registry, Clock clock) {
        return create(config, SharedKeySets.NONE, revocations, registry, clock);
    }

    /** A verifier whose key sets other gateways share. */
    public static JwtTokenVerifier create(
            TokenConfig config, SharedKeySets shared, Revocations revocations, MeterRegistry registry, Clock clock) {
        return new JwtTokenVerifier(
                config,
                shared,
                revocations,
                registry,
                clock,
                Schedulers.boundedElastic(),
                () -> ThreadLocalRandom.current().nextDouble());
    }

    /** A verifier whose timers and fetches the scheduler runs, without chance. */
    static JwtTokenVerifier create(TokenConfig config, MeterRegistry registry, Clock clock, Scheduler scheduler) {
        return create(config, Revocations.none(registry, clock), registry, clock, scheduler);
    }

    static JwtTokenVerifier create(
            TokenConfig config, Revocations revocations, MeterRegistry registry, Clock clock, Scheduler scheduler) {
        return new JwtTokenVerifier(config, SharedKeySets.NONE, revocations, registry, clock, scheduler, () -> 0.5);
    }

    /**
     * Fetches the keys for the first time and keeps them fresh from then on. Completes when the first attempts are over,
     * well or not ({@link #keys} tells); never errors.
     */
    public Mono<Void> load() {
        return Flux.fromIterable(issuers.all())
                .mapNotNull(TrustedIssuer::ring)
                .flatMap(KeyRing::load, Integer.MAX_VALUE)
                .then();
    }

    /** Who checks signatures; the JDK until it is loaded. */
    public SignatureProvider signatures() {
        return signatures;
    }

    /** How the keys of each issuer stand. */
    public List<KeyRingStatus> keys() {
        return issuers.all().stream().map(TrustedIssuer::status).toList();
    }

    /** Whether some token could be verified now. */
    public boolean isReady() {
        return issuers.all().stream().anyMatch(TrustedIssuer::isReady);
    }

    @Override
    public @Nullable VerifiedToken cached(String token) {
        VerifiedToken known = cache.verified(token);
        return known == null || !revocations.isLoaded() || isRevoked(known) ? null : known;
    }

    @Override
    public boolean accepts(VerifiedToken token) {
        return clock.millis() < token.expiresAtMillis() && !isRevoked(token);
    }

    /** Both only grow, so that their sum changes whenever one does. */
    @Override
    public long generation() {
        return cache.epoch() + revocations.generation();
    }

    private boolean isRevoked(VerifiedToken token) {
        return revocations.isRevoked(token.tokenId(), token.session(), token.issuer());
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
        for (TrustedIssuer issuer : issuers.all()) {
            if (issuer.ring() != null) {
                issuer.ring().close();
            }
        }
        queue.close();
    }

    /** What is cheap comes first; the rest may be left to a worker. */
    private Mono<VerifiedToken> begin(String token) {
        VerifiedToken known = cache.verified(token);
        if (known != null) {
            return admitted(known);
        }
        if (token.length() <= config.tokenBytesMax()) {
            Failure again = cache.refused(token);
            if (again != null) {
                refusedAgain.increment();
                return Mono.error(again.toException());
            }
        }
        return queue.run(() -> examine(token));
    }

    private Mono<VerifiedToken> examine(String token) {
        try {
            CompactJws jws = CompactJws.parse(token, config.tokenBytesMax(), config.types(), headers);
            Case one = new Case(token, jws, issuers.of(jws));
            Grounds grounds = grounds(one);
            return switch (judge(one, grounds)) {
                case Verdict.Accepted(VerifiedToken verified, String keyId) -> accept(verified);
                case Verdict.Refused(Failure failure, boolean costly) -> refuse(failure);
                case Verdict.KeysWanted(Failure otherwise, boolean costly) -> awaitKeys(one, grounds, otherwise);
            };
        } catch (FailureException malformed) {
            return refuse(malformed.failure());
        }
    }

    /** A token, and who has to answer for it. */
    private record Case(String token, CompactJws jws, TrustedIssuer issuer) {}

    /**
     * What a token is judged by.
     *
     * @param epoch of the cache
     */
    private record Grounds(long epoch, @Nullable KeySet keys) {}

    /** The epoch is read first, so that nothing judged by keys that have gone since stays in the cache. */
    private Grounds grounds(Case one) {
        long epoch = cache.epoch();
        return new Grounds(epoch, one.issuer().keys());
    }

    private Verdict judge(Case one, Grounds grounds) {
        Verdict verdict = one.issuer().judge(one.jws(), grounds.keys(), clock.millis());
        switch (verdict) {
            case Verdict.Accepted(VerifiedToken verified, String keyId) -> {
                headers.add(one.jws().header());
                cache.putVerified(one.token(), verified, keyId, grounds.epoch());
            }
            case Verdict.Refused(Failure failure, boolean costly) -> keepRefused(one, failure, costly, grounds);
            case Verdict.KeysWanted(Failure failure, boolean costly) -> keepRefused(one, failure, costly, grounds);
        }
        return verdict;
    }

    private void keepRefused(Case one, Failure failure, boolean costly, Grounds grounds) {
        if (costly) {
            cache.putRefused(one.token(), failure, grounds.epoch());
        }
    }

    private Mono<VerifiedToken> awaitKeys(Case one, Grounds judgedBy, Failure otherwise) {
        KeyRing ring = one.issuer().ring();
        Optional<Mono<Void>> fetch = ring == null
                ? Optional.empty()
                : ring.refetch(Objects.requireNonNullElse(one.jws().kid(), ""), judgedBy.keys());
        if (fetch.isEmpty()) {
            return refuse(otherwise);
        }
        if (waiting.incrementAndGet() > WAITING_MAX) {
            waiting.decrementAndGet();
            return refuse(
                    TrustedIssuer.keysUnavailable().withOperatorDetail(WAITING_MAX + " tokens wait for keys already"));
        }
        return fetch.get()
                .doFinally((SignalType end) -> waiting.decrementAndGet())
                .then(Mono.defer(() -> switch (judge(one, grounds(one))) {
                    case Verdict.Accepted(VerifiedToken verified, String keyId) -> accept(verified);
                    case Verdict.Refused(Failure failure, boolean costly) -> refuse(failure);
                    case Verdict.KeysWanted(Failure still, boolean costly) -> refuse(still);
                }));
    }

    private Mono<VerifiedToken> accept(VerifiedToken verified) {
        accepted.increment();
        return admitted(verified);
    }

    /** Last, and for each use: a token may be revoked long after it was verified. */
    private Mono<VerifiedToken> admitted(VerifiedToken verified) {
        if (!revocations.isLoaded()) {
            return refuse(TrustedIssuer.keysUnavailable().withOperatorDetail("the deny list was not read yet"));
        }
        return isRevoked(verified)
                ? refuse(Failure.of(FailureKind.TOKEN_REVOKED, "the token was revoked"))
                : Mono.just(verified);
    }

    private Mono<VerifiedToken> refuse(Failure failure) {
        Counter counter = refused.get(failure.kind());
        if (counter != null) {
            counter.increment();
        }
        return Mono.error(failure.toException());
    }

    private static Counter verifications(MeterRegistry registry, String outcome) {
        return Counter.builder("token.verifications")
                .tag("outcome", outcome)
                .description("Tokens that were not found among the verified ones, by what became of them")
                .register(registry);
    }
}
