package io.percolate.gateway.context.keys;

import static io.percolate.gateway.context.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.crypto.tink.StreamingAead;
import io.percolate.gateway.context.blob.Unreadable;
import io.percolate.gateway.context.blob.UnreadableBlobException;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class TenantKeysTest {
    private static final String KEY_A = "a:" + base64(1);
    private static final String KEY_B = "b:" + base64(2);

    private final MemoryKeyRows rows = new MemoryKeyRows();
    private final TenantId tenant = new TenantId(UUID.randomUUID());
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void aKeyIsMadeWithTheFirstSealAndOpensElsewhere() throws Exception {
        TenantKey sealing = await(keys(KEY_A).sealing(tenant));
        TenantKey opening = await(keys(KEY_A).opening(tenant, sealing.version()));

        assertThat(sealing.version()).isEqualTo(1);
        assertThat(open(opening, seal(sealing, "hello"))).isEqualTo("hello");
    }

    @Test
    void processesThatRaceForTheFirstSealAgreeOnOneKey() throws Exception {
        List<TenantKeys> processes = List.of(keys(KEY_A), keys(KEY_A), keys(KEY_A), keys(KEY_A));

        List<TenantKey> made = await(Flux.fromIterable(processes)
                .flatMap(keys -> Mono.defer(() -> keys.sealing(tenant)).subscribeOn(Schedulers.parallel()))
                .collectList());

        assertThat(made).hasSize(4).allSatisfy(key -> assertThat(key.version()).isEqualTo(1));
        assertThat(open(made.get(3), seal(made.get(0), "one key"))).isEqualTo("one key");
        assertThat(await(rows.all(tenant))).hasSize(1);
    }

    @Test
    void keysAreRememberedUntilTheyGrowOld() {
        TenantKeys keys = keys(KEY_A);
        int version = await(keys.sealing(tenant)).version();
        await(keys.opening(tenant, version));
        int before = rows.reads();

        await(keys.sealing(tenant));
        await(keys.opening(tenant, version));
        assertThat(rows.reads()).isEqualTo(before);

        nanos.addAndGet(Duration.ofMinutes(6).toNanos());
        await(keys.opening(tenant, version));
        assertThat(rows.reads()).isEqualTo(before + 1);

        keys.forget(tenant);
        await(keys.opening(tenant, version));
        assertThat(rows.reads()).isEqualTo(before + 2);
    }

    @Test
    void afterARotationNewBlobsGetTheNewKeyAndOldOnesStillOpen() throws Exception {
        TenantKeys keys = keys(KEY_A);
        byte[] old = seal(await(keys.sealing(tenant)), "old");

        TenantKey rotated = await(keys.rotate(tenant));

        assertThat(rotated.version()).isEqualTo(2);
        assertThat(await(keys.sealing(tenant)).version()).isEqualTo(2);
        assertThat(open(await(keys.opening(tenant, 1)), old)).isEqualTo("old");
    }

    @Test
    void rotationsThatRaceMakeOneVersionEach() {
        List<Integer> versions = await(Flux.range(0, 4)
                .flatMap(i -> Mono.defer(() -> keys(KEY_A).rotate(tenant)).subscribeOn(Schedulers.parallel()))
                .map(TenantKey::version)
                .collectList());

        assertThat(versions).containsExactlyInAnyOrder(1, 2, 3, 4);
    }

    @Test
    void aRetiredVersionOpensButNoLongerSeals() {
        TenantKeys keys = keys(KEY_A);
        await(keys.sealing(tenant));
        KeyRow row = await(rows.all(tenant)).getFirst();
        rows.place(tenant, new KeyRow(1, row.keyEncryptionKey(), row.wrappedKeyset(), true));

        assertThat(await(keys(KEY_A).sealing(tenant)).version()).isEqualTo(2);
        assertThat(await(keys(KEY_A).opening(tenant, 1)).version()).isEqualTo(1);
    }

    @Test
    void aKeyEncryptionKeyIsReplacedWithoutLosingABlob() throws Exception {
        byte[] sealed = seal(await(keys(KEY_A).sealing(tenant)), "kept");

        TenantKeys both = keys(KEY_B + "," + KEY_A);
        assertThat(open(await(both.opening(tenant, 1)), sealed)).isEqualTo("kept");
        assertThat(await(both.rewrap(tenant))).isEqualTo(1);
        assertThat(await(both.rewrap(tenant))).isZero();

        assertThat(open(await(keys(KEY_B).opening(tenant, 1)), sealed)).isEqualTo("kept");
        assertUnreadable(keys(KEY_A).opening(tenant, 1), Unreadable.KEY_ENCRYPTION_KEY_UNKNOWN);
    }

    @Test
    void aVersionThatTheTenantDoesNotHaveIsUnknown() {
        assertUnreadable(keys(KEY_A).opening(tenant, 7), Unreadable.KEY_UNKNOWN);
    }

    @Test
    void anotherKeyUnderTheSameNameDoesNotUnwrap() {
        await(keys(KEY_A).sealing(tenant));

        assertUnreadable(keys("a:" + base64(2)).opening(tenant, 1), Unreadable.KEY_NOT_AUTHENTIC);
        assertUnreadable(keys("a:" + base64(2)).sealing(tenant), Unreadable.KEY_NOT_AUTHENTIC);
    }

    @Test
    void aRowOfAnotherTenantOrVersionDoesNotUnwrap() {
        await(keys(KEY_A).sealing(tenant));
        KeyRow row = await(rows.all(tenant)).getFirst();
        TenantId other = new TenantId(UUID.randomUUID());
        rows.place(other, row);
        rows.place(tenant, new KeyRow(2, row.keyEncryptionKey(), row.wrappedKeyset(), false));

        assertUnreadable(keys(KEY_A).opening(other, 1), Unreadable.KEY_NOT_AUTHENTIC);
        assertUnreadable(keys(KEY_A).opening(tenant, 2), Unreadable.KEY_NOT_AUTHENTIC);
    }

    @Test
    void aDamagedRowDoesNotUnwrap() {
        await(keys(KEY_A).sealing(tenant));
        KeyRow row = await(rows.all(tenant)).getFirst();
        for (int i = 0; i < row.wrappedBytes().length; i++) {
            byte[] damaged = row.wrappedBytes();
            damaged[i] ^= 0x40;
            TenantId other = new TenantId(UUID.randomUUID());
            rows.place(other, new KeyRow(1, row.keyEncryptionKey(), ByteBuffer.wrap(damaged), false));
            assertUnreadable(keys(KEY_A).opening(other, 1), Unreadable.KEY_NOT_AUTHENTIC);
        }
    }

    @Test
    void keyEncryptionKeysAreNamedByTheirFingerprintUnlessNamed() {
        KeyEncryptionKeys keys = KeyEncryptionKeys.parse(new Secret(base64(3) + ", old:" + base64(4)));

        assertThat(keys.primary()).matches("[0-9a-f]{16}");
        assertThat(keys.names()).containsExactlyInAnyOrder(keys.primary(), "old");
        assertThat(keys.toString()).doesNotContain(base64(3)).doesNotContain(base64(4));
    }

    @Test
    void keyEncryptionKeysThatAreNoneAreRefusedWithoutRevealingThem() {
        String shortKey = Base64.getEncoder().encodeToString(new byte[16]);
        for (String text : List.of("", "x", shortKey, "a:" + shortKey, "a:b:" + base64(1), base64(1) + ",", "@:!")) {
            assertThatThrownBy(() -> KeyEncryptionKeys.parse(new Secret(text)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("32 bytes in base64")
                    .hasMessageNotContaining(shortKey);
        }
        assertThatThrownBy(() -> KeyEncryptionKeys.parse(new Secret(KEY_A + ",a:" + base64(2))))
                .hasMessageContaining("'a' is too much");
    }

    private TenantKeys keys(String keyEncryptionKeys) {
        return new TenantKeys(
                rows,
                new KeysConfig(KeyEncryptionKeys.parse(new Secret(keyEncryptionKeys)), 100, Duration.ofMinutes(5)),
                nanos::get);
    }

    private static void assertUnreadable(Mono<TenantKey> key, Unreadable reason) {
        assertThatThrownBy(key::block)
                .cause()
                .isInstanceOfSatisfying(
                        UnreadableBlobException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    private static byte[] seal(TenantKey key, String text) throws Exception {
        ByteArrayOutputStream sealed = new ByteArrayOutputStream();
        StreamingAead aead = key.aead();
        try (OutputStream out = aead.newEncryptingStream(sealed, new byte[0])) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return sealed.toByteArray();
    }

    private static String open(TenantKey key, byte[] sealed) throws Exception {
        byte[] opened = key.aead()
                .newDecryptingStream(new ByteArrayInputStream(sealed), new byte[0])
                .readAllBytes();
        return new String(opened, StandardCharsets.UTF_8);
    }

    private static String base64(long seed) {
        byte[] key = new byte[32];
        new Random(seed).nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }
}
