package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.testing.CommandLines;
import io.percolate.gateway.admin.testing.CommandLines.Run;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.revocation.Revocations;
import io.percolate.gateway.routing.token.JwtTokenVerifier;
import io.percolate.gateway.routing.token.TokenConfig;
import io.percolate.gateway.routing.token.VerifiedToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String tenant = UUID.randomUUID().toString();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "EdDSA"})
    void mintsTokensThatTheGatewayAccepts(String algorithm) throws IOException {
        Path keys = folder.resolve("keys");
        Run generated = run("token", "--generate-key", keys.toString(), "--algorithm", algorithm);
        assertThat(generated.exitCode()).as(generated.err()).isZero();
        Path key = keys.resolve("signing-key.pem");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        assertThat(generated.out()).doesNotContain("PRIVATE KEY-----");

        Run minted = run(
                "token",
                "--tenant",
                tenant,
                "--key",
                key.toString(),
                "--issuer",
                "https://id.example",
                "--audience",
                "gateway",
                "--tenant-claim",
                "org",
                "--subject",
                "ada",
                "--ttl",
                "10m");

        assertThat(minted.exitCode()).as(minted.err()).isZero();
        VerifiedToken token = verify(
                minted.out().strip(),
                Map.of(
                        "GATEWAY_JWKS_FILE", keys.resolve("jwks.json").toString(),
                        "GATEWAY_JWT_ISSUER", "https://id.example",
                        "GATEWAY_JWT_AUDIENCE", "gateway",
                        "GATEWAY_JWT_TENANT_CLAIM", "org"));
        assertThat(token.tenant()).hasToString(tenant);
        assertThat(token.subject()).isEqualTo("ada");
        // The verifier adds the clock skew that it tolerates.
        assertThat(Instant.ofEpochMilli(token.expiresAtMillis()))
                .isBetween(Instant.now().plusSeconds(500), Instant.now().plusSeconds(660));
    }

    @Test
    void mintsTokensWithASharedSecret() throws IOException {
        String secret = "0123456789abcdef0123456789abcdef";
        Path file = Files.writeString(folder.resolve("secret"), secret + "\n");

        Run minted = run("token", "--tenant", tenant, "--hs256-secret-file", file.toString());

        assertThat(verify(minted.out().strip(), Map.of("GATEWAY_JWT_HS256_SECRET", secret))
                        .tenant())
                .hasToString(tenant);
    }

    @Test
    void doesNotReplaceAKey() {
        run("token", "--generate-key", folder.toString());

        Run again = run("token", "--generate-key", folder.toString());

        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).contains("exists already");
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        Path notKey = Files.writeString(folder.resolve("key.pem"), "hello");
        Path shortSecret = Files.writeString(folder.resolve("short"), "tiny");

        assertThat(run("token").exitCode()).isEqualTo(2);
        assertThat(run("token", "--key", notKey.toString()).err()).contains("--tenant is required");
        assertThat(run("token", "--key", notKey.toString(), "--tenant", "42").err())
                .contains("expected a UUID");
        assertThat(run("token", "--key", notKey.toString(), "--tenant", tenant, "--ttl", "soon")
                        .exitCode())
                .isEqualTo(2);
        assertThat(run("token", "--generate-key", folder.toString(), "--algorithm", "none")
                        .exitCode())
                .isEqualTo(2);
        Run malformed = run("token", "--key", notKey.toString(), "--tenant", tenant);
        assertThat(malformed.exitCode()).isEqualTo(1);
        assertThat(malformed.err()).contains("key.pem", "PKCS#8").doesNotContain("\tat ");
        Run absent = run("token", "--key", folder.resolve("none").toString(), "--tenant", tenant);
        assertThat(absent.exitCode()).isEqualTo(1);
        assertThat(absent.err()).contains("cannot read");
        Run weak = run("token", "--hs256-secret-file", shortSecret.toString(), "--tenant", tenant);
        assertThat(weak.exitCode()).isEqualTo(1);
        assertThat(weak.err()).contains("at least 32 bytes").doesNotContain("tiny");
    }

    private static VerifiedToken verify(String token, Map<String, String> variables) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(variables));
        TokenConfig config = TokenConfig.read(reader);
        reader.finish();
        try (JwtTokenVerifier verifier = JwtTokenVerifier.create(
                config,
                Revocations.none(new SimpleMeterRegistry(), Clock.systemUTC()),
                new SimpleMeterRegistry(),
                Clock.systemUTC())) {
            verifier.load().block(PATIENCE);
            return Objects.requireNonNull(verifier.verify(token).block(PATIENCE));
        }
    }

    private static Run run(String... arguments) {
        return CommandLines.run(ManagementMain.commandLine(Map.of()), arguments);
    }
}
