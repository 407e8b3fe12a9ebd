package io.percolate.gateway.context.blob;

import static io.percolate.gateway.context.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.StreamingAead;
import com.google.crypto.tink.streamingaead.AesGcmHkdfStreamingParameters;
import com.google.crypto.tink.streamingaead.StreamingAeadConfig;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class BlobFormatTest {
    private static final int MIB = 1 << 20;
    private static final int SEGMENT_BYTES = 16 * 1024;
    private static final long SEED = 20_261_120L;

    private final TenantId tenant = new TenantId(UUID.randomUUID());
    private final StreamingAead key = newKey();

    @ParameterizedTest
    @ValueSource(
            ints = {0, 1, 1000, 16_343, 16_344, 16_345, 16_368, 16_384, 32_711, 32_712, 65_535, 65_536, 65_537, MIB})
    void whatIsSealedOpensAgain(int length) throws Exception {
        byte[] content = random(length);
        byte[] sealed = seal(header(length), content);

        assertThat(open(sealed, tenant, BlobPurpose.CONTEXT)).isEqualTo(content);
        assertThat(sealed.length).isLessThan(length + 512 + length / 500);
    }

    @Test
    void aBlobOfSixteenMebibytesOpensAgain() throws Exception {
        byte[] content = compressible(16 * MIB);
        byte[] sealed = seal(header(content.length), content);

        assertThat(open(sealed, tenant, BlobPurpose.CONTEXT)).isEqualTo(content);
        assertThat(sealed.length).isLessThan(content.length / 2);
    }

    @Test
    void aSnapshotOfUnknownLengthOpensAgain() throws Exception {
        byte[] content = random(3 * MIB + 17);
        BlobHeader header =
                new BlobHeader(BlobPurpose.SNAPSHOT, 3, Long.MAX_VALUE, BlobHeader.LENGTH_UNKNOWN, "application/x-tar");
        byte[] sealed = seal(header, content);

        assertThat(BlobHeader.read(new ByteArrayInputStream(sealed))).isEqualTo(header);
        assertThat(open(sealed, tenant, BlobPurpose.SNAPSHOT)).isEqualTo(content);
    }

    @Test
    void sealingAStreamOfBuffersYieldsTheSameAsSealingAStreamOfBytes() throws Exception {
        byte[] content = random(300_000);
        List<ByteBuffer> pieces = List.of(
                ByteBuffer.wrap(content, 0, 1),
                ByteBuffer.allocate(0),
                ByteBuffer.wrap(content, 1, 99_999).asReadOnlyBuffer(),
                ByteBuffer.allocateDirect(200_000)
                        .put(content, 100_000, 200_000)
                        .flip());

        List<ByteBuffer> sealed = await(
                BlobFormat.seal(header(content.length), tenant, key, Flux.fromIterable(pieces), Schedulers.parallel())
                        .collectList());

        assertThat(open(joined(sealed), tenant, BlobPurpose.CONTEXT)).isEqualTo(content);
    }

    @Test
    void sealingHonoursDemandAndEndsWhenCancelled() {
        Flux<ByteBuffer> endless = Flux.generate(sink -> sink.next(ByteBuffer.wrap(random(40_000))));
        BlobHeader header = new BlobHeader(BlobPurpose.SNAPSHOT, 1, 1, BlobHeader.LENGTH_UNKNOWN, "application/x-tar");

        StepVerifier.create(BlobFormat.seal(header, tenant, key, endless, Schedulers.parallel()), 0)
                .thenRequest(3)
                .expectNextCount(3)
                .thenCancel()
                .verify();
    }

    @Test
    void aFailingContentFailsTheSeal() {
        Flux<ByteBuffer> failing =
                Flux.just(ByteBuffer.wrap(random(10))).concatWith(Flux.error(new IOException("disk gone")));

        StepVerifier.create(BlobFormat.seal(header(20), tenant, key, failing, Schedulers.parallel()))
                .thenConsumeWhile(piece -> true)
                .expectErrorMessage("disk gone")
                .verify();
    }

    @Test
    void contentThatIsNotAsLongAsAnnouncedIsNotSealed() {
        assertThatThrownBy(() -> seal(header(10), random(11))).hasMessageContaining("has more");
        assertThatThrownBy(() -> seal(header(10), random(9))).hasMessageContaining("only 9");
    }

    @Test
    void twoSealsOfOneContentDiffer() throws Exception {
        byte[] content = random(100);

        assertThat(seal(header(100), content)).isNotEqualTo(seal(header(100), content));
    }

    @Test
    void anyFlippedByteIsRefused() throws Exception {
        byte[] content = random(2 * SEGMENT_BYTES + 500);
        byte[] sealed = seal(header(content.length), content);
        Random random = new Random(SEED);
        for (int i = 0; i < sealed.length; i += i < 200 ? 1 : 1 + random.nextInt(400)) {
            byte[] flipped = sealed.clone();
            flipped[i] ^= (byte) (1 << random.nextInt(8));
            assertThat(catchThrowable(() -> open(flipped, tenant, BlobPurpose.CONTEXT)))
                    .as("byte %d flipped, seed %d", i, SEED)
                    .isInstanceOf(UnreadableBlobException.class);
        }
    }

    @Test
    void aBlobCutShortAnywhereIsRefused() throws Exception {
        byte[] content = random(3 * SEGMENT_BYTES);
        byte[] sealed = seal(header(content.length), content);
        int headerBytes = header(content.length).encoded().length;
        for (int segment = 0; segment * SEGMENT_BYTES < sealed.length; segment++) {
            for (int around = -2; around <= 2; around++) {
                int end = headerBytes + segment * SEGMENT_BYTES + around;
                if (end < sealed.length) {
                    assertUnreadable(Arrays.copyOf(sealed, end), Unreadable.NOT_AUTHENTIC, Unreadable.HEADER_INVALID);
                }
            }
        }
        for (int end = 0; end < 80; end++) {
            assertUnreadable(
                    Arrays.copyOf(sealed, end),
                    Unreadable.NOT_A_BLOB,
                    Unreadable.HEADER_INVALID,
                    Unreadable.NOT_AUTHENTIC);
        }
        assertUnreadable(Arrays.copyOf(sealed, sealed.length - 1), Unreadable.NOT_AUTHENTIC);
    }

    @Test
    void anExtendedBlobIsRefused() throws Exception {
        for (int length : new int[] {0, 10, SEGMENT_BYTES, 3 * SEGMENT_BYTES}) {
            byte[] sealed = seal(header(length), random(length));
            for (int extra : new int[] {1, 16, SEGMENT_BYTES}) {
                assertUnreadable(Arrays.copyOf(sealed, sealed.length + extra), Unreadable.NOT_AUTHENTIC);
            }
        }
    }

    @Test
    void segmentsThatChangedPlacesAreRefused() throws Exception {
        byte[] sealed = seal(header(5 * SEGMENT_BYTES), random(5 * SEGMENT_BYTES));
        int second = header(5 * SEGMENT_BYTES).encoded().length + SEGMENT_BYTES;
        byte[] swapped = sealed.clone();
        System.arraycopy(sealed, second, swapped, second + SEGMENT_BYTES, SEGMENT_BYTES);
        System.arraycopy(sealed, second + SEGMENT_BYTES, swapped, second, SEGMENT_BYTES);

        assertUnreadable(swapped, Unreadable.NOT_AUTHENTIC);
    }

    @Test
    void theBlobOfOneTenantDoesNotOpenAsAnothers() throws Exception {
        byte[] sealed = seal(header(10), random(10));

        assertThatThrownBy(() -> open(sealed, new TenantId(UUID.randomUUID()), BlobPurpose.CONTEXT))
                .isInstanceOfSatisfying(
                        UnreadableBlobException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Unreadable.NOT_AUTHENTIC));
    }

    @Test
    void aRelabelledHeaderIsRefused() throws Exception {
        byte[] content = random(10);
        BlobHeader real = new BlobHeader(BlobPurpose.SNAPSHOT, 1, 5, 10, "application/x-tar");
        byte[] body = Arrays.copyOfRange(seal(real, content), real.encoded().length, seal(real, content).length);
        for (BlobHeader forged : List.of(
                new BlobHeader(BlobPurpose.CONTEXT, 1, 5, 10, "application/x-tar"),
                new BlobHeader(BlobPurpose.SNAPSHOT, 2, 5, 10, "application/x-tar"),
                new BlobHeader(BlobPurpose.SNAPSHOT, 1, 6, 10, "application/x-tar"),
                new BlobHeader(BlobPurpose.SNAPSHOT, 1, 5, 11, "application/x-tar"),
                new BlobHeader(BlobPurpose.SNAPSHOT, 1, 5, -1, "application/x-tar"),
                new BlobHeader(BlobPurpose.SNAPSHOT, 1, 5, 10, "text/html"))) {
            ByteArrayOutputStream blob = new ByteArrayOutputStream();
            blob.writeBytes(forged.encoded());
            blob.writeBytes(body);
            assertThatThrownBy(() -> open(blob.toByteArray(), tenant, forged.purpose()))
                    .isInstanceOfSatisfying(
                            UnreadableBlobException.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Unreadable.NOT_AUTHENTIC));
        }
    }

    @Test
    void headersThatNoWriterWritesAreRefusedByWhatIsWrongWithThem() throws Exception {
        byte[] sealed = seal(header(10), random(10));

        assertUnreadable(with(sealed, 0, 'X'), Unreadable.NOT_A_BLOB);
        assertUnreadable(with(sealed, 4, 0), Unreadable.FORMAT_UNKNOWN);
        assertUnreadable(with(sealed, 4, 2), Unreadable.FORMAT_UNKNOWN);
        assertUnreadable(with(sealed, 5, 9), Unreadable.HEADER_INVALID);
        assertUnreadable(with(sealed, 6, 2), Unreadable.HEADER_INVALID);
        assertUnreadable(with(sealed, 7, 0), Unreadable.HEADER_INVALID);
        assertUnreadable(with(sealed, 8, 0x80), Unreadable.HEADER_INVALID);
        assertUnreadable(with(sealed, 12, 0x80), Unreadable.HEADER_INVALID);
        assertUnreadable(with(sealed, 20, 0x80), Unreadable.HEADER_INVALID);
        assertUnreadable(with(sealed, 28, 0), Unreadable.HEADER_INVALID);
        assertUnreadable(with(sealed, 29, 0x01), Unreadable.HEADER_INVALID);
    }

    @Test
    void aBombIsRefusedBeforeItGrows() throws Exception {
        byte[] announced = seal(header(64 * MIB), new byte[64 * MIB]);
        BlobHeader silent = new BlobHeader(BlobPurpose.SNAPSHOT, 1, 1, BlobHeader.LENGTH_UNKNOWN, "x/y");
        byte[] unannounced = seal(silent, new byte[64 * MIB]);
        assertThat(announced.length).isLessThan(16 * 1024);

        assertUnreadable(announced, Unreadable.CONTENT_TOO_LARGE);
        assertThatThrownBy(() -> open(unannounced, tenant, BlobPurpose.SNAPSHOT))
                .isInstanceOfSatisfying(
                        UnreadableBlobException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Unreadable.CONTENT_TOO_LARGE));
    }

    @Test
    void authenticContentThatIsNotZstdIsRefused() throws Exception {
        BlobHeader header = header(10);
        for (byte[] inner : List.of(random(10), new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd})) {
            ByteArrayOutputStream blob = new ByteArrayOutputStream();
            blob.writeBytes(header.encoded());
            try (OutputStream out = key.newEncryptingStream(blob, header.associatedData(tenant))) {
                out.write(inner);
            }
            assertUnreadable(blob.toByteArray(), Unreadable.CONTENT_INVALID);
        }
    }

    @Test
    void aWindowThatWouldTakeTooMuchMemoryIsRefused() throws Exception {
        BlobHeader header = header(10);
        ByteArrayOutputStream blob = new ByteArrayOutputStream();
        blob.writeBytes(header.encoded());
        try (OutputStream out = new ZstdOutputStreamNoFinalizer(
                        key.newEncryptingStream(blob, header.associatedData(tenant)))
                .setLong(27)) {
            out.write(new byte[10]);
        }

        assertUnreadable(blob.toByteArray(), Unreadable.CONTENT_INVALID);
    }

    @Test
    void aBrokenConnectionIsNotTakenForAForgedBlob() throws Exception {
        byte[] sealed = seal(header(100_000), random(100_000));
        for (int cut : new int[] {60, SEGMENT_BYTES, 50_000}) {
            InputStream broken = new SequenceInputStream(new ByteArrayInputStream(sealed, 0, cut), new InputStream() {
                @Override
                public int read() throws IOException {
                    throw new IOException("connection reset");
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    return read();
                }
            });
            BlobHeader header = BlobHeader.read(broken);
            assertThatThrownBy(() ->
                            BlobFormat.open(header, tenant, key, broken, MIB).readAllBytes())
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("connection reset");
        }
    }

    @Test
    void impossibleHeadersCannotBeMade() {
        assertThatThrownBy(() -> new BlobHeader(BlobPurpose.CONTEXT, 0, 1, 1, "a/b"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BlobHeader(BlobPurpose.CONTEXT, 1, -1, 1, "a/b"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BlobHeader(BlobPurpose.CONTEXT, 1, 1, BlobHeader.LENGTH_UNKNOWN, "a/b"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BlobHeader(BlobPurpose.CONTEXT, 1, 1, 1, "a/b\r\nX: y"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BlobHeader(BlobPurpose.CONTEXT, 1, 1, 1, "a".repeat(256)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void assertUnreadable(byte[] blob, Unreadable... reasons) {
        assertThat(catchThrowable(() -> open(blob, tenant, BlobPurpose.CONTEXT)))
                .isInstanceOfSatisfying(
                        UnreadableBlobException.class,
                        refused -> assertThat(refused.reason()).isIn((Object[]) reasons));
    }

    private byte[] seal(BlobHeader header, byte[] content) throws IOException {
        try (InputStream sealed = BlobFormat.seal(header, tenant, key, new ByteArrayInputStream(content))) {
            return sealed.readAllBytes();
        }
    }

    private byte[] open(byte[] sealed, TenantId as, BlobPurpose purpose) throws IOException {
        InputStream in = new ByteArrayInputStream(sealed);
        BlobHeader header = BlobHeader.read(in);
        if (header.purpose() != purpose) {
            throw new UnreadableBlobException(Unreadable.PURPOSE_MISMATCH, "relabelled");
        }
        try (InputStream content = BlobFormat.open(header, as, key, in, 32L * MIB)) {
            return content.readAllBytes();
        }
    }

    private static BlobHeader header(int contentLength) {
        return new BlobHeader(BlobPurpose.CONTEXT, 1, 4, contentLength, "application/json");
    }

    private static byte[] with(byte[] bytes, int index, int value) {
        byte[] changed = bytes.clone();
        changed[index] = (byte) value;
        return changed;
    }

    private static byte[] joined(List<ByteBuffer> buffers) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        buffers.forEach(buffer -> {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            all.writeBytes(bytes);
        });
        return all.toByteArray();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(SEED + length).nextBytes(bytes);
        return bytes;
    }

    private static byte[] compressible(int length) {
        byte[] bytes = new byte[length];
        Random random = new Random(SEED);
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ('a' + random.nextInt(4));
        }
        return bytes;
    }

    private static StreamingAead newKey() {
        try {
            StreamingAeadConfig.register();
            return KeysetHandle.generateNew(AesGcmHkdfStreamingParameters.builder()
                            .setKeySizeBytes(32)
                            .setDerivedAesGcmKeySizeBytes(32)
                            .setHkdfHashType(AesGcmHkdfStreamingParameters.HashType.SHA256)
                            .setCiphertextSegmentSizeBytes(SEGMENT_BYTES)
                            .build())
                    .getPrimitive(RegistryConfiguration.get(), StreamingAead.class);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
