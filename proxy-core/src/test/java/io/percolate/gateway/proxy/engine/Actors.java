package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.context.cache.ContextCache;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteExplanation;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.TokenVerifier;
import io.percolate.gateway.routing.token.VerifiedToken;
import io.percolate.gateway.warmup.wake.Wake;
import io.percolate.gateway.warmup.wake.WakePhases;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What the engine works with, kept in memory: tokens, routes, contexts and wakes that tests set. */
final class Actors {
    private Actors() {}

    static final class Tokens implements TokenVerifier {
        private final Map<String, VerifiedToken> cached = new ConcurrentHashMap<>();
        private final Map<String, Mono<VerifiedToken>> verifications = new ConcurrentHashMap<>();
        private final Set<String> revoked = ConcurrentHashMap.newKeySet();

        void accept(String token, TenantId tenant) {
            cached.put(token, verified(token, tenant));
        }

        /** Accepted until then. */
        void acceptUntil(String token, TenantId tenant, long expiresAtMillis) {
            cached.put(token, new VerifiedToken(tenant, "someone", "issuer", token, "", expiresAtMillis));
        }

        void verifyBy(String token, Mono<VerifiedToken> verification) {
            verifications.put(token, verification);
        }

        static VerifiedToken verified(String token, TenantId tenant) {
            return new VerifiedToken(tenant, "someone", "issuer", token, "", Long.MAX_VALUE);
        }

        @Override
        public @Nullable VerifiedToken cached(String token) {
            return cached.get(token);
        }

        void revoke(String token) {
            revoked.add(token);
        }

        @Override
        public boolean accepts(VerifiedToken token) {
            return System.currentTimeMillis() < token.expiresAtMillis() && !revoked.contains(token.tokenId());
        }

        /** Nothing is ever taken back here. */
        @Override
        public long generation() {
            return 0;
        }

        @Override
        public Mono<VerifiedToken> verify(String token) {
            return verifications.getOrDefault(
                    token,
                    Mono.error(Failure.of(FailureKind.TOKEN_SIGNATURE_INVALID, "the signature does not hold")
                            .toException()));
        }
    }

    static final class Routes implements RouteDirectory {
        private final Map<TenantId, RouteLookup> cached = new ConcurrentHashMap<>();
        private final Map<TenantId, Mono<RouteLookup>> loads = new ConcurrentHashMap<>();
        private final AtomicInteger refreshes = new AtomicInteger();
        private final Sinks.Many<RouteLookup> changes = Sinks.many().multicast().directBestEffort();

        void put(TenantRoute route) {
            RouteLookup lookup = new RouteLookup.Known(route);
            cached.put(route.tenant(), lookup);
            changes.emitNext(lookup, Sinks.EmitFailureHandler.busyLooping(Duration.ofSeconds(1)));
        }

        void loadBy(TenantId tenant, Mono<RouteLookup> load) {
            loads.put(tenant, load);
        }

        int refreshes() {
            return refreshes.get();
        }

        @Override
        public @Nullable RouteLookup cached(TenantId tenant) {
            return cached.get(tenant);
        }

        @Override
        public Mono<RouteLookup> lookup(TenantId tenant) {
            RouteLookup known = cached.get(tenant);
            return known != null ? Mono.just(known) : load(tenant);
        }

        @Override
        public Mono<RouteLookup> refresh(TenantId tenant) {
            refreshes.incrementAndGet();
            return load(tenant);
        }

        private Mono<RouteLookup> load(TenantId tenant) {
            Mono<RouteLookup> load = loads.get(tenant);
            if (load != null) {
                return load;
            }
            RouteLookup known = cached.get(tenant);
            return Mono.just(known != null ? known : new RouteLookup.Unknown(tenant, 0));
        }

        @Override
        public Flux<RouteLookup> watch(TenantId tenant) {
            return Flux.defer(() -> {
                RouteLookup known = cached.get(tenant);
                Flux<RouteLookup> later = changes.asFlux()
                        .filter(lookup -> lookup instanceof RouteLookup.Known(TenantRoute route)
                                && route.tenant().equals(tenant));
                return known == null ? later : later.startWith(known);
            });
        }

        @Override
        public void learn(TenantRoute route) {
            put(route);
        }

        @Override
        public @Nullable RouteExplanation explain(TenantId tenant) {
            return null;
        }
    }

    static final class Wakes implements Wake {
        private final AtomicInteger calls = new AtomicInteger();
        private volatile Mono<TenantRoute> outcome = Mono.error(
                Failure.of(FailureKind.WAKE_FAILED, "no wake was scripted").toException());

        private volatile @Nullable WakePhases progress;

        void outcome(Mono<TenantRoute> wake) {
            outcome = wake;
        }

        void progress(WakePhases soFar) {
            progress = soFar;
        }

        int calls() {
            return calls.get();
        }

        @Override
        public Mono<TenantRoute> wake(TenantRoute known) {
            return Mono.defer(() -> {
                calls.incrementAndGet();
                return outcome;
            });
        }

        @Override
        public Duration expected(Tier tier) {
            return Duration.ofSeconds(7);
        }

        @Override
        public @Nullable WakePhases progress(TenantId tenant) {
            return progress;
        }
    }

    static final class Contexts implements ContextCache {
        private volatile Mono<Context> outcome = Mono.error(
                Failure.of(FailureKind.CONTEXT_ABSENT, "there is no context").toException());

        void outcome(Mono<Context> context) {
            outcome = context;
        }

        @Override
        public Mono<Context> get(TenantRoute route) {
            return outcome;
        }

        @Override
        public boolean isAtHand(TenantRoute route) {
            return false;
        }

        @Override
        public CacheName name() {
            return CacheName.CONTEXT;
        }

        @Override
        public long flush(FlushScope scope) {
            return 0;
        }
    }

    /** A context of text, sent in parts of a few bytes. */
    record TextContext(String text) implements Context {
        static final Instant MODIFIED = Instant.parse("2026-03-01T12:00:00Z");

        @Override
        public String etag() {
            return "\"v1\"";
        }

        @Override
        public Instant lastModified() {
            return MODIFIED;
        }

        @Override
        public String contentType() {
            return "text/plain";
        }

        @Override
        public long length() {
            return text.length();
        }

        @Override
        public Publisher<ByteBuffer> bytes(long start, long end) {
            byte[] bytes = text.substring((int) start, (int) end).getBytes(StandardCharsets.US_ASCII);
            return Flux.range(0, (bytes.length + 2) / 3)
                    .map(i -> ByteBuffer.wrap(bytes, i * 3, Math.min(3, bytes.length - i * 3))
                            .asReadOnlyBuffer());
        }
    }
}
