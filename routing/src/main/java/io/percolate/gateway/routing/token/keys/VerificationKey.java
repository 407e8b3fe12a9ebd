package io.percolate.gateway.routing.token.keys;

import com.nimbusds.jose.Algorithm;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.Ed25519Verifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.percolate.gateway.routing.config.Secret;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;

/**
 * A public key, or the shared secret, with the algorithms that it alone decides.
 *
 * <p>Ed25519 is verified by Tink (170 us against 630 us by the JDK 25 on one machine), the rest by the JCA provider in
 * front. Safe for use from any thread.
 */
public final class VerificationKey {
    public static final int SECRET_BYTES_MIN = 32;
    private static final int RSA_BITS_MIN = 2048;
    /** Verification costs grow with the modulus, on the thread of the request. */
    private static final int RSA_BITS_MAX = 8192;

    private final String id;
    private final String kid;
    private final Set<SignatureAlgorithm> algorithms;
    private final JWSVerifier verifier;

    private VerificationKey(String id, String kid, Set<SignatureAlgorithm> algorithms, JWSVerifier verifier) {
        this.id = id;
        this.kid = kid;
        this.algorithms = algorithms;
        this.verifier = verifier;
    }

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
            return new VerificationKey("secret", "secret", SignatureAlgorithm.OF_SECRET, new MACVerifier(bytes));
        } catch (JOSEException unsupported) {
            throw new IllegalArgumentException("an HS256 secret that makes no key", unsupported);
        }
    }

    /** One key of a JWK set (RFC 7517, section 5). A private part is left out; certificates are not looked at. */
    static Parsed parse(Map<String, Object> json) {
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
                case RSAKey rsa -> ofRsa(rsa, name);
                case ECKey ec -> ofEc(ec, name);
                case OctetKeyPair okp -> ofOkp(okp, name);
                default -> new Parsed.Ignored(name + ": kty " + jwk.getKeyType() + " is not for public verification");
            };
        } catch (ParseException | JOSEException | IllegalArgumentException | IllegalStateException invalid) {
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

    public boolean fits(SignatureAlgorithm algorithm) {
        return algorithms.contains(algorithm);
    }

    /** Whether the signature holds; any malformed signature just does not. */
    public boolean verifies(SignatureAlgorithm algorithm, byte[] signingInput, String signatureBase64Url) {
        if (!fits(algorithm)) {
            return false;
        }
        try {
            return verifier.verify(algorithm.bareHeader(), signingInput, new Base64URL(signatureBase64Url));
        } catch (JOSEException | IllegalArgumentException malformed) {
            return false;
        }
    }

    private static Parsed ofRsa(RSAKey rsa, String name) throws JOSEException {
        int bits = rsa.size();
        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
            return new Parsed.Ignored(
                    name + ": RSA of " + bits + " bits, expected " + RSA_BITS_MIN + " to " + RSA_BITS_MAX);
        }
        return of(rsa, name, SignatureAlgorithm.OF_RSA, new RSASSAVerifier(rsa.toRSAPublicKey()));
    }

    private static Parsed ofEc(ECKey ec, String name) throws JOSEException {
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
        return of(ec, name, possible, new ECDSAVerifier(ec.toECPublicKey()));
    }

    private static Parsed ofOkp(OctetKeyPair okp, String name) throws JOSEException {
        if (!okp.getCurve().equals(Curve.Ed25519)) {
            return new Parsed.Ignored(
                    name + ": curve " + Printable.of(okp.getCurve().getName()) + " is not supported");
        }
        return of(okp, name, SignatureAlgorithm.OF_ED25519, new Ed25519Verifier(okp.toPublicJWK()));
    }

    private static Parsed of(JWK jwk, String name, Set<SignatureAlgorithm> possible, JWSVerifier verifier)
            throws JOSEException {
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
        return new Parsed.Usable(new VerificationKey(thumbprint, kid, algorithms, verifier));
    }
}
