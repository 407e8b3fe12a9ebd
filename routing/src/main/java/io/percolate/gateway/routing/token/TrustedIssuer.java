package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.token.keys.KeyRing;
import io.percolate.gateway.routing.token.keys.KeyRingStatus;
import io.percolate.gateway.routing.token.keys.KeySet;
import io.percolate.gateway.routing.token.keys.Printable;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import io.percolate.gateway.routing.token.keys.VerificationKey;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One issuer with its own keys and rules: what it makes of a token, by these alone. Safe for use from any thread.
 *
 * @param ring null when it has a shared secret only
 */
record TrustedIssuer(
        IssuerConfig config,
        @Nullable KeyRing ring,
        @Nullable VerificationKey secret,
        ClaimRules rules) {

    /** A token without kid is tried against the keys that fit, if they are no more than this. */
    static final int KEYS_TRIED_MAX = 4;

    private static final Duration KEYS_RETRY_AFTER = Duration.ofSeconds(5);

    static TrustedIssuer of(IssuerConfig issuer, TokenConfig config, @Nullable KeyRing ring) {
        return new TrustedIssuer(
                issuer,
                ring,
                issuer.hs256Secret().map(VerificationKey::of).orElse(null),
                new ClaimRules(issuer, config));
    }

    /** What the keys at hand make of a token. */
    sealed interface Verdict {
        /** @param keyId the identity of the key that verified it */
        record Accepted(VerifiedToken token, String keyId) implements Verdict {}

        /** @param costly whether signatures were checked for it */
        record Refused(Failure failure, boolean costly) implements Verdict {}

        /** Newer keys might say otherwise; else it is refused for this. */
        record KeysWanted(Failure otherwise, boolean costly) implements Verdict {}
    }

    /** The keys to judge by; null when there are none, or only a secret. */
    @Nullable
    KeySet keys() {
        return ring == null ? null : ring.current();
    }

    boolean isReady() {
        return secret != null || keys() != null;
    }

    KeyRingStatus status() {
        return ring == null ? KeyRingStatus.withoutSource(config.name()) : ring.status();
    }

    Verdict judge(CompactJws jws, @Nullable KeySet keys, long nowMillis) {
        if (!config.allows(jws.algorithm())) {
            return refused(algorithmRefused("this issuer's tokens have " + config.algorithms()));
        }
        if (jws.algorithm() == SignatureAlgorithm.HS256) {
            return secret == null
                    ? refused(algorithmRefused("no shared secret is configured"))
                    : judge(jws, List.of(secret), nowMillis);
        }
        if (ring == null) {
            return refused(algorithmRefused("only HS256 is configured"));
        }
        if (keys == null) {
            return new Verdict.KeysWanted(keysUnavailable(), false);
        }
        String kid = jws.kid();
        List<VerificationKey> named = kid == null ? keys.fitting(jws.algorithm()) : keys.named(kid);
        if (named.isEmpty()) {
            return new Verdict.KeysWanted(keyUnknown(jws, keys), false);
        }
        List<VerificationKey> candidates =
                named.stream().filter(key -> key.fits(jws.algorithm())).toList();
        if (candidates.isEmpty()) {
            return refused(algorithmRefused("the key it names is for another algorithm"));
        }
        if (kid == null && candidates.size() > KEYS_TRIED_MAX) {
            return refused(Failure.of(FailureKind.TOKEN_KEY_UNKNOWN, "the token does not name its key (kid)")
                    .withOperatorDetail(candidates.size() + " keys fit"));
        }
        return judge(jws, candidates, nowMillis);
    }

    private Verdict judge(CompactJws jws, List<VerificationKey> candidates, long nowMillis) {
        byte[] signed = jws.signingInputBytes();
        for (VerificationKey candidate : candidates) {
            if (candidate.verifies(jws.algorithm(), signed, jws.signature())) {
                try {
                    return new Verdict.Accepted(rules.check(jws.claims(), nowMillis), candidate.id());
                } catch (FailureException broken) {
                    return new Verdict.Refused(broken.failure(), true);
                }
            }
        }
        Failure failure = Failure.of(FailureKind.TOKEN_SIGNATURE_INVALID, "the token's signature does not hold");
        // Where keys have no names, a rotated key shows in this way only.
        return jws.kid() == null && jws.algorithm() != SignatureAlgorithm.HS256
                ? new Verdict.KeysWanted(failure, true)
                : new Verdict.Refused(failure, true);
    }

    private static Verdict refused(Failure failure) {
        return new Verdict.Refused(failure, false);
    }

    static Failure keysUnavailable() {
        return Failure.of(FailureKind.KEYS_UNAVAILABLE, "the keys that verify tokens are not available yet")
                .withRetryAfter(KEYS_RETRY_AFTER);
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
}
