package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.token.keys.Printable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The issuers of a process. Where there are several, a token's {@code iss} picks the one whose keys and rules it is judged
 * by, before its signature is checked; so no issuer's keys ever verify another's tokens.
 */
record TrustedIssuers(List<TrustedIssuer> all, Map<String, TrustedIssuer> byIss) {

    static TrustedIssuers of(List<TrustedIssuer> issuers) {
        Map<String, TrustedIssuer> byIss = issuers.size() == 1
                ? Map.of()
                : issuers.stream()
                        .collect(Collectors.toUnmodifiableMap(
                                issuer -> issuer.config().issuer().orElseThrow(), Function.identity()));
        return new TrustedIssuers(List.copyOf(issuers), byIss);
    }

    /** @throws FailureException {@code TOKEN_ISSUER_REFUSED} or {@code TOKEN_MALFORMED} */
    TrustedIssuer of(CompactJws jws) {
        if (byIss.isEmpty()) {
            return all.getFirst();
        }
        String iss = ClaimRules.text(jws.claims(), "iss");
        return Optional.ofNullable(byIss.get(iss))
                .orElseThrow(
                        () -> Failure.of(FailureKind.TOKEN_ISSUER_REFUSED, "the token is not from an expected issuer")
                                .withOperatorDetail("iss '" + Printable.of(iss) + "'")
                                .toException());
    }
}
