package io.percolate.gateway.routing.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.nimbusds.jwt.SignedJWT;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenSignerTest {
    private static final Secret SECRET = new Secret("a shared secret of more than 32 bytes");

    @TempDir
    Path folder;

    private final VirtualTime time = new VirtualTime();

    private static TokenGrant grant(String... audience) {
        return new TokenGrant(
                Forge.TENANT,
                "tenant_id",
                "user-1",
                Optional.of(Forge.ISSUER),
                List.of(audience),
                Duration.ofMinutes(10));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HS256")
    void whatItSignsIsAcceptedByThePublishedKeys(SignatureAlgorithm algorithm) throws Exception {
        // given
        SigningKeys keys = Forge.keys(algorithm);
        Path jwks = folder.resolve("jwks.json");
        keys.writePublicJwks(jwks);
        JwtTokenVerifier verifier = Forge.loaded(Forge.config(Forge.keysByFile(jwks)), new SimpleMeterRegistry(), time);

        // when
        String token = TokenSigner.of(keys, Forge.clock(time)).sign(grant("edge", "api"));

        // then
        assertThat(verifier.verify(token).block(Forge.PATIENCE)).isNotNull().satisfies(verified -> {
            assertThat(verified.tenant()).isEqualTo(Forge.TENANT);
            assertThat(verified.tokenId()).isNotEmpty();
            assertThat(verified.expiresAtMillis())
                    .isEqualTo(Forge.NOW.plusSeconds(630).toEpochMilli());
        });
        verifier.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"RS256", "ES256", "ES384", "ES512", "EDDSA"})
    void aKeyComesBackFromItsPemTheSame(SignatureAlgorithm algorithm) throws Exception {
        // given
        SigningKeys keys = Forge.keys(algorithm);
        Path file = folder.resolve("key.pem");

        // when
        keys.writePrivateKey(file);
        SigningKeys read = SigningKeys.parsePem(Files.readString(file));

        // then
        assertThat(read.algorithm()).isEqualTo(algorithm);
        assertThat(read.keyId()).isEqualTo(keys.keyId());
        assertThat(read.publicJwks()).isEqualTo(keys.publicJwks()).doesNotContain("\"d\"", "\"p\"");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(keys.toString()).isEqualTo(algorithm.text() + " " + keys.keyId());
    }

    @Test
    void signsBySharedSecret() {
        TokenConfig config = Forge.config(Forge.noKeys(), Optional.of(SECRET), true);
        JwtTokenVerifier verifier = JwtTokenVerifier.create(config, new SimpleMeterRegistry(), Forge.clock(time), time);

        String token = TokenSigner.of(SECRET, Forge.clock(time)).sign(grant("edge"));

        assertThat(verifier.verify(token).block(Forge.PATIENCE)).isNotNull();
        verifier.close();
    }

    @Test
    void namesItsKeyAndItsTimes() throws Exception {
        String token = TokenSigner.of(Forge.P256, Forge.clock(time)).sign(grant("edge"));

        SignedJWT parsed = SignedJWT.parse(token);
        assertThat(parsed.getHeader().getKeyID()).isEqualTo(Forge.P256.keyId());
        assertThat(parsed.getHeader().getType().getType()).isEqualTo("JWT");
        assertThat(parsed.getPayload().toJSONObject())
                .containsEntry("iat", Forge.NOW.getEpochSecond())
                .containsEntry("exp", Forge.NOW.plusSeconds(600).getEpochSecond())
                .containsEntry("aud", "edge")
                .containsEntry("sub", "user-1")
                .containsEntry("iss", Forge.ISSUER)
                .containsEntry("tenant_id", Forge.TENANT.toString())
                .containsKey("jti");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
                "-----END PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----"
            })
    void refusesWhatIsNoPkcs8Key(String pem) {
        assertThatIllegalArgumentException().isThrownBy(() -> SigningKeys.parsePem(pem));
    }

    @Test
    void refusesWhatCannotBeSigned() {
        assertThatIllegalArgumentException().isThrownBy(() -> SigningKeys.generate(SignatureAlgorithm.HS256));
        assertThatIllegalArgumentException().isThrownBy(() -> TokenSigner.of(new Secret("short"), Forge.clock(time)));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new TokenGrant(Forge.TENANT, "tenant_id", "", Optional.empty(), List.of(), Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new TokenGrant(Forge.TENANT, " ", "", Optional.empty(), List.of(), Duration.ofSeconds(1)));
    }
}
