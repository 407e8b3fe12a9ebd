package io.percolate.gateway.bench.load;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.percolate.gateway.bench.launch.SelfSignedCertificate;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What all peers of a comparison share: the tenants, the keys, the tokens, the origin's port. */
final class LoadRig {
    static final String ISSUER = "https://issuer.load.test";
    /** That requests name; wrk names the address by SNI, so it must be one of the certificate's. */
    static final String HOST = "load.test";

    static final String AUDIENCE = "percolate";
    static final int TENANTS = 1_000;
    private static final List<Tier> TIERS = List.of(Tier.values());
    private static final int RSA_BITS = 2_048;
    private static final long TOKEN_SECONDS = 24 * 3_600L;
    /** Pads the claims so that an RS256 token has about 670 characters, as those of identity providers do. */
    private static final String SCOPE = "openid profile email";

    private final Path folder;
    private final int upstreamPort;
    private final RSAKey rsa;
    private final ECKey ec;
    private final Map<TokenSet, Integer> tokenCounts = new EnumMap<>(TokenSet.class);
    private final List<TenantId> tenants = new ArrayList<>(TENANTS);
    private @Nullable SelfSignedCertificate certificate;

    LoadRig(Path folder, int upstreamPort) {
        this.folder = folder;
        this.upstreamPort = upstreamPort;
        try {
            rsa = new RSAKeyGenerator(RSA_BITS)
                    .keyID("rs")
                    .keyUse(KeyUse.SIGNATURE)
                    .algorithm(JWSAlgorithm.RS256)
                    .generate();
            ec = new ECKeyGenerator(Curve.P_256)
                    .keyID("es")
                    .keyUse(KeyUse.SIGNATURE)
                    .algorithm(JWSAlgorithm.ES256)
                    .generate();
            for (int i = 0; i < TENANTS; i++) {
                tenants.add(new TenantId(new UUID(0x10AD_0000_0000_4000L, 0x8000_0000_0000_0000L + i)));
            }
            Files.writeString(jwksFile(), new JWKSet(List.of(rsa, ec)).toString(true));
            writePem("RS256", rsa);
            writePem("ES256", ec);
            writeTenantMap();
        } catch (JOSEException | IOException failed) {
            throw new IllegalStateException("cannot prepare keys and tenants", failed);
        }
    }

    Path folder() {
        return folder;
    }

    int upstreamPort() {
        return upstreamPort;
    }

    List<TenantId> tenants() {
        return tenants;
    }

    Tier tierOf(int index) {
        return TIERS.get(index % TIERS.size());
    }

    Path jwksFile() {
        return folder.resolve("jwks.json");
    }

    Path publicKey(String algorithm) {
        return folder.resolve("public-" + algorithm + ".pem");
    }

    Path tenantMap() {
        return folder.resolve("tenants.map");
    }

    /** One for all peers, made when it is first asked for. */
    SelfSignedCertificate certificate() {
        if (certificate == null) {
            try {
                certificate = SelfSignedCertificate.create(folder, HOST);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", interrupted);
            }
        }
        return certificate;
    }

    /** Writes a set's tokens; `count` of them, spread evenly over the tenants, signed on all cores. */
    void writeTokens(TokenSet set, int count) {
        boolean elliptic = set == TokenSet.COLD_ES256;
        JWSAlgorithm algorithm = elliptic ? JWSAlgorithm.ES256 : JWSAlgorithm.RS256;
        String keyId = elliptic ? ec.getKeyID() : rsa.getKeyID();
        try {
            JWSSigner signer = elliptic ? new ECDSASigner(ec) : new RSASSASigner(rsa);
            Files.write(
                    folder.resolve(set.fileName()),
                    IntStream.range(0, count)
                            .parallel()
                            .mapToObj(i -> sign(signer, algorithm, keyId, tenants.get(i % TENANTS)))
                            .toList());
            tokenCounts.put(set, count);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (JOSEException failed) {
            throw new IllegalStateException("cannot sign", failed);
        }
    }

    /** How many tokens the set has. */
    int tokenCount(TokenSet set) {
        return tokenCounts.getOrDefault(set, 0);
    }

    List<String> tokens(TokenSet set) {
        try {
            return Files.readAllLines(folder.resolve(set.fileName()));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** One that is good for any request. */
    String token() {
        return tokens(TokenSet.WARM).getFirst();
    }

    private static String sign(JWSSigner signer, JWSAlgorithm algorithm, String keyId, TenantId tenant) {
        Instant now = Instant.now();
        var jwt = new SignedJWT(
                new JWSHeader.Builder(algorithm).keyID(keyId).build(),
                new JWTClaimsSet.Builder()
                        .issuer(ISSUER)
                        .audience(AUDIENCE)
                        .subject("user-" + tenant)
                        .claim("tenant_id", tenant.toString())
                        .claim("scope", SCOPE)
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(TOKEN_SECONDS)))
                        .jwtID(UUID.randomUUID().toString())
                        .build());
        try {
            jwt.sign(signer);
        } catch (JOSEException failed) {
            throw new IllegalStateException("cannot sign", failed);
        }
        return jwt.serialize();
    }

    private void writePem(String algorithm, AsymmetricJWK key) throws JOSEException, IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(key.toPublicKey().getEncoded());
        Files.writeString(publicKey(algorithm), "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n");
    }

    private void writeTenantMap() throws IOException {
        try (BufferedWriter file = Files.newBufferedWriter(tenantMap())) {
            for (int i = 0; i < TENANTS; i++) {
                file.write(tenants.get(i) + " " + tierOf(i) + "\n");
            }
        }
    }

    /** The keys' public halves and private halves never leave this folder, which goes with the run. */
    List<JWK> keys() {
        return List.of(rsa, ec);
    }
}
