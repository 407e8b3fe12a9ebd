package io.percolate.gateway.routing.token.keys;

import com.nimbusds.jose.Algorithm;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import io.percolate.gateway.routing.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A public key, or the shared secret, with the algorithms that it alone decides.
 *
 * <p>Who computes is the {@link SignatureProvider}'s to say, at each use. Safe for use from any thread.
 */
public final class VerificationKey {
    public static final int SECRET_BYTES_MIN = 32;
    private static final Logger LOG = LoggerFactory.getLogger(VerificationKey.class);
    private static final int RSA_BITS_MIN = 2048;
    /** Verification costs grow with the modulus, on the thread of the request. */
    private static final int RSA_BITS_MAX = 8192;

    private final String id;
    private final String kid;
    private final Set<SignatureAlgorithm> algorithms;
    private final SignatureProvider signatures;
    private final KeyCheck.Maker maker;
    private volatile Bound bound;

    private VerificationKey(
            String id,
            String kid,
            Set<SignatureAlgorithm> algorithms,
            SignatureProvider signatures,
            KeyCheck.Maker maker)
            throws JOSEException, GeneralSecurityException {
        this.id = id;
        this.kid = kid;
        this.algorithms = algorithms;
        this.signatures = signatures;
        this.maker = maker;
        this.bound = bind(signatures.current());
    }

    /** @param isNative whether the provider took the key; else the JDK checks */
    private record Bound(@Nullable Provider provider, KeyCheck check, boolean isNative) {}

    /** What one entry of a key set came to. */
    sealed interface Parsed {
        record Usable(VerificationKey key) implements Parsed {}

        record Ignored(String why) implements Parsed {}
    }

    /** The HMAC key that a secret's UTF-8 bytes make; refuses a short one. */
    public static VerificationKey of(Secret secret) {
        byte[] bytes = secret.reveal().getBytes(StandardCharsets.UTF_8);
        if (bytes.length < SECRET_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "an HS256 secret has at least " + SECRET_BYTES_MIN + " bytes, got " + bytes.length);
        }
        try {
            return new VerificationKey(
                    "secret",
                    "secret",
                    SignatureAlgorithm.OF_SECRET,
                    SignatureProvider.of(SignatureProvider.Choice.JDK),
                    KeyCheck.ofSecret(bytes));
        } catch (JOSEException | GeneralSecurityException unsupported) {
            throw new IllegalArgumentException("an HS256 secret that makes no key", unsupported);
        }
    }

    /** One key of a JWK set (RFC 7517, section 5). A private part is left out; certificates are not looked at. */
    static Parsed parse(Map<String, Object> json, SignatureProvider signatures) {
        Object kid = json.get("kid");
        String name = kid instanceof String text ? "kid '" + Printable.of(text) + "'" : "a key without kid";
        try {
            JWK jwk = JWK.parse(json);
            if (jwk.getKeyUse() != null && !KeyUse.SIGNATURE.equals(jwk.getKeyUse())) {
                return new Parsed.Ignored(name + ": its use is not sig");
            }
            if (jwk.getKeyOperations() != null && !jwk.getKeyOperations().contains(KeyOperation.VERIFY)) {
                return new Parsed.Ignored(name + ": its key_ops lack verify");
            }
            return switch (jwk) {
                case RSAKey rsa -> ofRsa(rsa, name, signatures);
                case ECKey ec -> ofEc(ec, name, signatures);
                case OctetKeyPair okp -> ofOkp(okp, name, signatures);
                default -> new Parsed.Ignored(name + ": kty " + jwk.getKeyType() + " is not for public verification");
            };
        } catch (ParseException
                | JOSEException
                | GeneralSecurityException
                | IllegalArgumentException
                | IllegalStateException invalid) {
            return new Parsed.Ignored(name + ": " + Printable.of(String.valueOf(invalid.getMessage())));
        }
    }

    /** Identity of the key itself, whatever it is called: its RFC 7638 thumbprint. */
    public String id() {
        return id;
    }

    /** The {@code kid}; the thumbprint where the set gives none. */
    String kid() {
        return kid;
    }

    /** Whether it was the native provider that checked last. */
    boolean isNative() {
        return bound.isNative();
    }

    public boolean fits(SignatureAlgorithm algorithm) {
        return algorithms.contains(algorithm);
    }

    /** Whether the signature holds; any malformed signature just does not. */
    public boolean verifies(SignatureAlgorithm algorithm, byte[] signingInput, String signatureBase64Url) {
        if (!fits(algorithm)) {
            return false;
        }
        try {
            return check().verifies(algorithm, signingInput, new QuickBase64Url(signatureBase64Url));
        } catch (JOSEException | GeneralSecurityException | RuntimeException malformed) {
            // A native provider has unchecked exceptions of its own for what is no signature at all.
            return false;
        }
    }

    @SuppressWarnings("ReferenceEquality") // a provider is the same one, not one like it
    private KeyCheck check() throws JOSEException, GeneralSecurityException {
        Bound now = bound;
        Provider provider = signatures.current();
        if (now.provider() != provider) {
            now = bind(provider);
            bound = now;
        }
        return now.check();
    }

    /** A key that the native provider does not take is the JDK's to check. */
    private Bound bind(@Nullable Provider provider) throws JOSEException, GeneralSecurityException {
        if (provider != null) {
            try {
                return new Bound(provider, maker.make(provider), true);
            } catch (JOSEException | GeneralSecurityException | RuntimeException refused) {
                LOG.warn("key {}: {} does not take it: {}", Printable.of(kid), provider.getName(), refused.toString());
            }
        }
        return new Bound(provider, maker.make(null), false);
    }

    private static Parsed ofRsa(RSAKey rsa, String name, SignatureProvider signatures)
            throws JOSEException, GeneralSecurityException {
        int bits = rsa.size();
        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
            return new Parsed.Ignored(
                    name + ": RSA of " + bits + " bits, expected " + RSA_BITS_MIN + " to " + RSA_BITS_MAX);
        }
        return of(rsa, name, SignatureAlgorithm.OF_RSA, signatures, KeyCheck.ofRsa(rsa.toRSAPublicKey()));
    }

    private static Parsed ofEc(ECKey ec, String name, SignatureProvider signatures)
            throws JOSEException, GeneralSecurityException {
        Curve curve = ec.getCurve();
        Set<SignatureAlgorithm> possible;
        if (curve.equals(Curve.P_256)) {
            possible = SignatureAlgorithm.OF_P256;
        } else if (curve.equals(Curve.P_384)) {
            possible = SignatureAlgorithm.OF_P384;
        } else if (curve.equals(Curve.P_521)) {
            possible = SignatureAlgorithm.OF_P521;
        } else {
            return new Parsed.Ignored(name + ": curve " + Printable.of(curve.getName()) + " is not supported");
        }
        return of(ec, name, possible, signatures, KeyCheck.ofEc(ec.toECPublicKey()));
    }

    private static Parsed ofOkp(OctetKeyPair okp, String name, SignatureProvider signatures)
            throws JOSEException, GeneralSecurityException {
        if (!okp.getCurve().equals(Curve.Ed25519)) {
            return new Parsed.Ignored(
                    name + ": curve " + Printable.of(okp.getCurve().getName()) + " is not supported");
        }
        return of(okp, name, SignatureAlgorithm.OF_ED25519, signatures, KeyCheck.ofEd25519(okp.toPublicJWK()));
    }

    private static Parsed of(
            JWK jwk, String name, Set<SignatureAlgorithm> possible, SignatureProvider signatures, KeyCheck.Maker maker)
            throws JOSEException, GeneralSecurityException {
        Algorithm stated = jwk.getAlgorithm();
        Set<SignatureAlgorithm> algorithms = possible;
        if (stated != null) {
            algorithms = SignatureAlgorithm.parse(stated.getName())
                    .filter(possible::contains)
                    .<Set<SignatureAlgorithm>>map(Set::of)
                    .orElse(Set.of());
        }
        if (stated != null && algorithms.isEmpty()) {
            return new Parsed.Ignored(
                    name + ": alg " + Printable.of(stated.getName()) + " is not one that such a key verifies");
        }
        String thumbprint = jwk.computeThumbprint().toString();
        String kid = jwk.getKeyID() == null ? thumbprint : jwk.getKeyID();
        return new Parsed.Usable(new VerificationKey(thumbprint, kid, algorithms, signatures, maker));
    }
}
