package io.percolate.gateway.context.keys;

import static io.percolate.gateway.context.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.context.blob.Unreadable;
import io.percolate.gateway.context.blob.UnreadableBlobException;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Key-encryption keys that lie elsewhere: in AWS KMS, in files. */
class KmsKeyTest {
    private static final String LOCAL = "old:" + "A".repeat(43) + "=";
    private static final String CLOUD = "cloud:aws-kms:alias/tenants";

    private final ScriptedKms kms = new ScriptedKms();
    private final MemoryKeyRows rows = new MemoryKeyRows();
    private final TenantId tenant = new TenantId(UUID.randomUUID());

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        kms.close();
    }

    @Test
    void tenantsKeysAreWrappedThereBoundToTenantAndVersion() {
        try (TenantKeys keys = keys(CLOUD);
                TenantKeys elsewhere = keys(CLOUD)) {
            TenantKey sealing = await(keys.sealing(tenant));
            assertThat(await(elsewhere.opening(tenant, 1)).version()).isEqualTo(sealing.version());
            assertThat(kms.calls())
                    .containsExactly("TrentService.Encrypt", "TrentService.Decrypt", "TrentService.Decrypt");
            assertThat(await(rows.all(tenant)).getFirst().keyEncryptionKey()).isEqualTo("cloud");

            TenantId other = new TenantId(UUID.randomUUID());
            rows.place(other, await(rows.all(tenant)).getFirst());
            assertThat(refusal(elsewhere.opening(other, 1))).isEqualTo(Unreadable.KEY_NOT_AUTHENTIC);
        }
    }

    @Test
    void keysMoveFromALocalKeyIntoTheCloudWithoutLosingABlob() {
        try (TenantKeys before = keys(LOCAL);
                TenantKeys both = keys(CLOUD + "," + LOCAL);
                TenantKeys after = keys(CLOUD)) {
            await(before.sealing(tenant));
            assertThat(await(both.toRewrap(Optional.empty(), 10))).containsExactly(tenant);
            assertThat(await(both.rewrap(tenant))).isEqualTo(1);
            assertThat(await(both.toRewrap(Optional.empty(), 10))).isEmpty();
            assertThat(await(after.opening(tenant, 1)).version()).isEqualTo(1);
        }
    }

    @Test
    void aKmsThatFailsIsUnavailableAndNotAForgery() {
        try (TenantKeys keys = keys(CLOUD)) {
            kms.fail("DisabledException");
            Failure failure = await(keys.sealing(tenant)
                    .map(unexpected -> Failure.of(FailureKind.INTERNAL, "it worked"))
                    .onErrorResume(error -> Mono.just(FailureException.failureOf(error))));
            assertThat(failure.kind()).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
            assertThat(failure.operatorDetail()).contains("alias/tenants");

            kms.fail(null);
            assertThat(await(keys.sealing(tenant)).version()).isEqualTo(1);
        }
    }

    @Test
    void aKeyIsReadFromAFile() throws Exception {
        Path file = Files.writeString(folder.resolve("kek"), "A".repeat(43) + "=\n");
        try (TenantKeys here = keys(LOCAL);
                TenantKeys fromFile = keys("old:file:" + file)) {
            await(here.sealing(tenant));
            assertThat(await(fromFile.opening(tenant, 1)).version()).isEqualTo(1);
        }
        assertThatThrownBy(() -> keys("old:file:" + folder.resolve("none"))).hasMessageContaining("cannot read");
        Files.writeString(file, "no key");
        assertThatThrownBy(() -> keys("old:file:" + file)).hasMessageContaining("32 bytes in base64");
    }

    private TenantKeys keys(String text) {
        KmsConfig config = new KmsConfig(
                Optional.of(kms.address()),
                Optional.of("eu-west-1"),
                Optional.of(new Secret("access")),
                Optional.of(new Secret("secret")));
        return new TenantKeys(
                rows, new KeysConfig(KeyEncryptionKeys.parse(new Secret(text), config), 10, Duration.ofMinutes(1)));
    }

    private static Unreadable refusal(Mono<TenantKey> key) {
        try {
            key.block(Duration.ofSeconds(20));
            throw new AssertionError("it opened");
        } catch (RuntimeException wrapped) {
            if (wrapped.getCause() instanceof UnreadableBlobException unreadable) {
                return unreadable.reason();
            }
            throw wrapped;
        }
    }
}
