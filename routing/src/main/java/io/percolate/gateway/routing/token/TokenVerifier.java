package io.percolate.gateway.routing.token;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * JWT to tenant. Verified tokens are kept until they expire, so that a signature is verified once.
 *
 * <p>Safe for use from any thread; nothing here blocks.
 */
public interface TokenVerifier {
    /** The token if it was verified earlier and is still accepted, else null. Allocates nothing. */
    @Nullable
    VerifiedToken cached(String token);

    /**
     * Whether a token that was verified goes on being accepted: it has neither expired nor been revoked. For answers that
     * are still under way long after; asked again once {@link #generation} has changed or the token's time has come.
     * Allocates nothing.
     */
    boolean accepts(VerifiedToken token);

    /**
     * Changes after tokens have left the cache before their time: by a flush, a key that is gone, a revocation.
     *
     * <p>Who keeps an answer of {@link #cached} takes this first, and asks again once it differs or the token has
     * expired. One volatile read; allocates nothing.
     */
    long generation();

    /**
     * Verifies the compact serialisation of a JWS (without {@code Bearer}). Never empty. Usually completes at once, on
     * the caller's thread; on any thread when an unknown key has to be fetched.
     *
     * <p>Errors with {@code FailureException} of a {@code TOKEN_*} kind (401), or {@code KEYS_UNAVAILABLE} (503) when no
     * key set was ever loaded.
     */
    Mono<VerifiedToken> verify(String token);
}
