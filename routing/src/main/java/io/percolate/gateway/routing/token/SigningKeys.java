package io.percolate.gateway.routing.token;

import com.google.crypto.tink.subtle.Ed25519Sign;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.Ed25519Signer;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A private key that signs tokens, with the public part that verifiers need: PKCS#8 PEM and JWK set.
 *
 * <p>Its id is the RFC 7638 thumbprint of the public part, so that both sides agree on it without being told.
 */
public final class SigningKeys {
    private static final int RSA_BITS = 2048;
    private static final String PEM_BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String PEM_END = "-----END PRIVATE KEY-----";

    private final SignatureAlgorithm algorithm;
    private final PrivateKey privateKey;
    private final JWK jwk;
    private final JWSSigner signer;

    private SigningKeys(SignatureAlgorithm algorithm, PrivateKey privateKey, JWK jwk, JWSSigner signer) {
        this.algorithm = algorithm;
        this.privateKey = privateKey;
        this.jwk = jwk;
        this.signer = signer;
    }

    /** A new key of the algorithm's own kind; RSA keys have 2048 bits. HS256 has no key pair and is refused. */
    public static SigningKeys generate(SignatureAlgorithm algorithm) {
        try {
            return of(generator(algorithm).generateKeyPair().getPrivate(), algorithm);
        } catch (GeneralSecurityException | JOSEException impossible) {
            throw new IllegalStateException("this JDK cannot make a key for " + algorithm.text(), impossible);
        }
    }

    /**
     * Reads an unencrypted PKCS#8 private key in PEM (RFC 7468); RSA means RS256, EC the algorithm of its curve,
     * Ed25519 EdDSA.
     *
     * @throws IllegalArgumentException when it is none of these
     */
    public static SigningKeys parsePem(String pem) {
        int begin = pem.indexOf(PEM_BEGIN);
        int end = pem.indexOf(PEM_END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("expected an unencrypted PKCS#8 key: a line '" + PEM_BEGIN + "'");
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(pem.substring(begin + PEM_BEGIN.length(), end));
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException("the PEM text is not base64", notBase64);
        }
        List<String> tried = new ArrayList<>();
        for (String kind : List.of("RSA", "EC", "Ed25519")) {
            try {
                PrivateKey key = KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(der));
                return of(key, defaultAlgorithm(key));
            } catch (GeneralSecurityException anotherKind) {
                tried.add(kind + ": " + anotherKind.getMessage());
            } catch (JOSEException unusable) {
                throw new IllegalArgumentException(
                        "the " + kind + " key cannot sign: " + unusable.getMessage(), unusable);
            }
        }
        throw new IllegalArgumentException(
                "expected an RSA, EC or Ed25519 private key, but it reads as none: " + String.join("; ", tried));
    }

    public SignatureAlgorithm algorithm() {
        return algorithm;
    }

    /** The RFC 7638 thumbprint of the public key. */
    public String keyId() {
        return jwk.getKeyID();
    }

    /** The JWK set to publish: the public part alone. */
    public String publicJwks() {
        return new JWKSet(jwk).toString(true);
    }

    /** Unencrypted PKCS#8 in PEM. Keep it secret. */
    public String privateKeyPem() {
        String base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(privateKey.getEncoded());
        return PEM_BEGIN + "\n" + base64 + "\n" + PEM_END + "\n";
    }

    /** Writes the PEM to a file that nobody else may read. Blocks. */
    public void writePrivateKey(Path file) throws IOException {
        FileAttribute<?> ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        write(file, privateKeyPem(), ownerOnly);
    }

    /** Writes the JWK set, whole at once: whoever reads the file meanwhile sees the old or the new one. Blocks. */
    public void writePublicJwks(Path file) throws IOException {
        FileAttribute<?> readable = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--"));
        write(file, publicJwks() + "\n", readable);
    }

    JWSSigner signer() {
        return signer;
    }

    @Override
    public String toString() {
        return algorithm.text() + " " + keyId();
    }

    private static void write(Path file, String text, FileAttribute<?> permissions) throws IOException {
        Path target = file.toAbsolutePath();
        Path fresh =
                Files.createTempFile(target.getParent(), target.getFileName().toString(), ".tmp", permissions);
        try {
            Files.writeString(fresh, text);
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static KeyPairGenerator generator(SignatureAlgorithm algorithm) throws GeneralSecurityException {
        return switch (algorithm) {
            case RS256, RS384, RS512, PS256, PS384, PS512 -> {
                KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
                rsa.initialize(RSA_BITS);
                yield rsa;
            }
            case ES256, ES384, ES512 -> {
                KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
                ec.initialize(new ECGenParameterSpec(curveOf(algorithm).getStdName()));
                yield ec;
            }
            case EDDSA, ED25519 -> KeyPairGenerator.getInstance("Ed25519");
            case HS256 -> throw new IllegalArgumentException("HS256 has a shared secret, not a key pair");
        };
    }

    private static SignatureAlgorithm defaultAlgorithm(PrivateKey key) throws GeneralSecurityException {
        return switch (key) {
            case RSAPrivateCrtKey rsa -> SignatureAlgorithm.RS256;
            case ECPrivateKey ec -> {
                Curve curve = Curve.forECParameterSpec(ec.getParams());
                yield List.of(SignatureAlgorithm.ES256, SignatureAlgorithm.ES384, SignatureAlgorithm.ES512).stream()
                        .filter(algorithm -> curveOf(algorithm).equals(curve))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("expected curve P-256, P-384 or P-521"));
            }
            case EdECPrivateKey edwards -> SignatureAlgorithm.EDDSA;
            default -> throw new GeneralSecurityException("no signing key: " + key.getAlgorithm());
        };
    }

    private static Curve curveOf(SignatureAlgorithm algorithm) {
        return Curve.forJWSAlgorithm(JWSAlgorithm.parse(algorithm.text()))
                .iterator()
                .next();
    }

    /** A key that is there already, for an algorithm of its kind. */
    static SigningKeys of(PrivateKey key, SignatureAlgorithm algorithm) throws GeneralSecurityException, JOSEException {
        JWSAlgorithm jws = JWSAlgorithm.parse(algorithm.text());
        return switch (key) {
            case RSAPrivateCrtKey rsa -> {
                RSAPublicKey publicKey = (RSAPublicKey) KeyFactory.getInstance("RSA")
                        .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
                JWK jwk = new RSAKey.Builder(publicKey)
                        .keyUse(KeyUse.SIGNATURE)
                        .algorithm(jws)
                        .keyIDFromThumbprint()
                        .build();
                yield new SigningKeys(algorithm, key, jwk, new RSASSASigner(rsa));
            }
            case ECPrivateKey ec -> {
                ECPublicKey publicKey = EcPublicPoint.of(ec);
                Curve curve = curveOf(algorithm);
                JWK jwk = new ECKey.Builder(curve, publicKey)
                        .keyUse(KeyUse.SIGNATURE)
                        .algorithm(jws)
                        .keyIDFromThumbprint()
                        .build();
                yield new SigningKeys(algorithm, key, jwk, new ECDSASigner(ec, curve));
            }
            case EdECPrivateKey edwards -> {
                byte[] seed = edwards.getBytes()
                        .filter(bytes -> edwards.getParams().getName().equals(NamedParameterSpec.ED25519.getName()))
                        .orElseThrow(() -> new GeneralSecurityException("no Ed25519 key"));
                Ed25519Sign.KeyPair pair = Ed25519Sign.KeyPair.newKeyPairFromSeed(seed);
                OctetKeyPair jwk = new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(pair.getPublicKey()))
                        .d(Base64URL.encode(seed))
                        .keyUse(KeyUse.SIGNATURE)
                        .algorithm(jws)
                        .keyIDFromThumbprint()
                        .build();
                Arrays.fill(seed, (byte) 0);
                yield new SigningKeys(algorithm, key, jwk.toPublicJWK(), new Ed25519Signer(jwk));
            }
            default -> throw new GeneralSecurityException("no signing key: " + key.getAlgorithm());
        };
    }
}
