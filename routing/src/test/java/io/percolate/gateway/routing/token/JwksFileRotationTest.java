package io.percolate.gateway.routing.token;

import static io.percolate.gateway.routing.token.Forge.P256;
import static io.percolate.gateway.routing.token.Forge.PATIENCE;
import static io.percolate.gateway.routing.token.Forge.RSA;
import static io.percolate.gateway.routing.token.Forge.claims;
import static io.percolate.gateway.routing.token.Forge.jwks;
import static io.percolate.gateway.routing.token.Forge.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.token.keys.KeyRingStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys in a file; virtual time makes every check happen on the test's own thread. */
class JwksFileRotationTest {
    private static final Duration A_CHECK = Duration.ofSeconds(12);

    @TempDir
    Path folder;

    private final VirtualTime time = new VirtualTime();
    private Path file = Path.of("");
    private JwtTokenVerifier verifier =
            JwtTokenVerifier.create(Forge.config(Forge.noKeys()), new SimpleMeterRegistry(), Forge.clock(time), time);

    @BeforeEach
    void load() throws IOException {
        file = Files.writeString(folder.resolve("jwks.json"), jwks(RSA));
        verifier = Forge.loaded(Forge.config(Forge.keysByFile(file)), new SimpleMeterRegistry(), time);
    }

    @AfterEach
    void close() {
        verifier.close();
    }

    @Test
    void aChangedFileIsReadAgain() throws IOException {
        Files.writeString(file, jwks(P256));

        time.advanceTimeBy(A_CHECK);

        assertThat(keys().kids()).containsExactly(P256.keyId());
    }

    @Test
    void aFileReplacedByALinkIsReadAgain() throws IOException {
        Path fresh = Files.writeString(folder.resolve("fresh.json"), jwks(P256));
        Files.setLastModifiedTime(fresh, Files.getLastModifiedTime(file));
        Path link = Files.createSymbolicLink(folder.resolve("link"), fresh);
        Files.move(link, file, StandardCopyOption.ATOMIC_MOVE);

        time.advanceTimeBy(A_CHECK);

        assertThat(keys().kids()).containsExactly(P256.keyId());
    }

    @Test
    void anUnknownKeyMakesItLookAtOnce() throws IOException {
        Files.writeString(file, jwks(RSA, P256));

        assertThat(verifier.verify(token(P256, claims())).block(PATIENCE)).isNotNull();
    }

    @Test
    void anUnchangedFileStaysFresh() {
        time.advanceTimeBy(Duration.ofDays(2));

        assertThat(keys().lastError()).isNull();
        assertThat(keys().lastSuccess()).isAfter(Forge.NOW.plus(Duration.ofDays(1)));
        assertThat(verifier.isReady()).isTrue();
    }

    @Test
    void aBrokenOrMissingFileLeavesTheLastGoodKeysAndHeals() throws IOException {
        // given
        Files.writeString(file, jwks(RSA).substring(0, 40));

        // when
        time.advanceTimeBy(A_CHECK);

        // then
        assertThat(keys().lastError()).contains("not a JWK set");
        assertThat(verifier.verify(token(RSA, claims())).block(PATIENCE)).isNotNull();

        // and when
        Files.delete(file);
        time.advanceTimeBy(A_CHECK);

        // then
        assertThat(keys().lastError()).contains("NoSuchFile");
        assertThat(verifier.isReady()).isTrue();

        // and when
        Files.writeString(file, jwks(P256));
        time.advanceTimeBy(A_CHECK);

        // then
        assertThat(keys().lastError()).isNull();
        assertThat(Forge.refusal(verifier, token(RSA, claims())).kind()).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
    }

    @Test
    void aHugeFileIsNotTakenIn() throws IOException {
        Files.writeString(file, " ".repeat(513 << 10));

        time.advanceTimeBy(A_CHECK);

        assertThat(keys().lastError()).contains("at most 524288");
    }

    private KeyRingStatus keys() {
        return verifier.keys().getFirst();
    }
}
