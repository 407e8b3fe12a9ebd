package io.percolate.gateway.bench.demo;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;

/** The secrets of one demo: a signing key with its JWKS, a key-encryption key and an admin token, all made anew. */
final class DemoKeys {
    static final String ISSUER = "https://demo.percolate.example";
    static final String AUDIENCE = "percolate-demo";
    static final String TENANT_CLAIM = "tenant_id";
    static final String ALGORITHM = "RS256";

    private static final int KEY_BITS = 2048;
    private static final int SECRET_BYTES = 32;
    private static final Duration TOKEN_LIFETIME = Duration.ofHours(24);
    private static final int PEM_LINE_CHARACTERS = 64;

    private final RSAKey key;
    private final Path signingKey;
    private final Path jwks;
    private final String keyEncryptionKey;
    private final String adminToken;

    private DemoKeys(RSAKey key, Path signingKey, Path jwks) {
        this.key = key;
        this.signingKey = signingKey;
        this.jwks = jwks;
        this.keyEncryptionKey = Base64.getEncoder().encodeToString(random());
        this.adminToken = Base64.getUrlEncoder().withoutPadding().encodeToString(random());
    }

    /** Makes the keys and writes them to files that only this user reads. */
    static DemoKeys create(Path folder) {
        try {
            RSAKey key = new RSAKeyGenerator(KEY_BITS)
                    .keyUse(KeyUse.SIGNATURE)
                    .algorithm(JWSAlgorithm.RS256)
                    .keyID("demo-1")
                    .generate();
            DemoKeys keys = new DemoKeys(key, folder.resolve("signing-key.pem"), folder.resolve("jwks.json"));
            write(
                    keys.signingKey,
                    "-----BEGIN PRIVATE KEY-----\n"
                            + Base64.getMimeEncoder(PEM_LINE_CHARACTERS, new byte[] {'\n'})
                                    .encodeToString(key.toPrivateKey().getEncoded())
                            + "\n-----END PRIVATE KEY-----\n");
            write(keys.jwks, new JWKSet(key.toPublicJWK()).toString());
            return keys;
        } catch (JOSEException | IOException e) {
            throw new DemoException("cannot make the signing key: " + e.getMessage(), e);
        }
    }

    /** A token of the tenant, good for a day. */
    String token(TenantId tenant) {
        Instant now = Instant.now();
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
                new JWTClaimsSet.Builder()
                        .issuer(ISSUER)
                        .audience(AUDIENCE)
                        .subject("demo")
                        .claim(TENANT_CLAIM, tenant.toString())
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(TOKEN_LIFETIME)))
                        .build());
        try {
            jwt.sign(new RSASSASigner(key));
        } catch (JOSEException e) {
            throw new DemoException("cannot sign a token", e);
        }
        return jwt.serialize();
    }

    /** PKCS#8 in PEM. */
    Path signingKey() {
        return signingKey;
    }

    Path jwks() {
        return jwks;
    }

    String keyEncryptionKey() {
        return keyEncryptionKey;
    }

    String adminToken() {
        return adminToken;
    }

    private static void write(Path file, String text) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text, StandardCharsets.US_ASCII, StandardOpenOption.TRUNCATE_EXISTING);
    }

    private static byte[] random() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }
}
