package io.percolate.gateway.routing.token.keys;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A JWS algorithm that may ever be accepted (RFC 7518, RFC 8037, RFC 9864); {@code none} is not among them. */
@SuppressWarnings("ImmutableEnumChecker") // Nimbus says of both types that they are immutable, in words only.
public enum SignatureAlgorithm {
    RS256(JWSAlgorithm.RS256),
    RS384(JWSAlgorithm.RS384),
    RS512(JWSAlgorithm.RS512),
    PS256(JWSAlgorithm.PS256),
    PS384(JWSAlgorithm.PS384),
    PS512(JWSAlgorithm.PS512),
    ES256(JWSAlgorithm.ES256),
    ES384(JWSAlgorithm.ES384),
    ES512(JWSAlgorithm.ES512),
    /** Ed25519 under its first name. */
    EDDSA(JWSAlgorithm.EdDSA),
    /** Ed25519 under its fully specified name. */
    ED25519(JWSAlgorithm.Ed25519),
    /** HMAC with a shared secret, only where one is configured. */
    HS256(JWSAlgorithm.HS256);

    static final Set<SignatureAlgorithm> OF_RSA = setOf(RS256, RS384, RS512, PS256, PS384, PS512);
    static final Set<SignatureAlgorithm> OF_P256 = setOf(ES256);
    static final Set<SignatureAlgorithm> OF_P384 = setOf(ES384);
    static final Set<SignatureAlgorithm> OF_P521 = setOf(ES512);
    static final Set<SignatureAlgorithm> OF_ED25519 = setOf(EDDSA, ED25519);
    static final Set<SignatureAlgorithm> OF_SECRET = setOf(HS256);

    private static final Map<String, SignatureAlgorithm> BY_TEXT = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(SignatureAlgorithm::text, Function.identity()));

    private final JWSAlgorithm jws;
    private final JWSHeader bareHeader;

    SignatureAlgorithm(JWSAlgorithm jws) {
        this.jws = jws;
        this.bareHeader = new JWSHeader(jws);
    }

    /** By its name in the {@code alg} of a token or key; the case counts. */
    public static Optional<SignatureAlgorithm> parse(String text) {
        return Optional.ofNullable(BY_TEXT.get(text));
    }

    /** The name in the {@code alg} of a token or key. */
    public String text() {
        return jws.getName();
    }

    /** A header with this algorithm and nothing else, so that a verifier sees nothing that the token says. */
    JWSHeader bareHeader() {
        return bareHeader;
    }

    private static Set<SignatureAlgorithm> setOf(SignatureAlgorithm first, SignatureAlgorithm... rest) {
        return Collections.unmodifiableSet(EnumSet.of(first, rest));
    }
}
