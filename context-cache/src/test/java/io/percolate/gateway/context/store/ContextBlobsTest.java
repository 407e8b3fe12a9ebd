package io.percolate.gateway.context.store;

import static io.percolate.gateway.context.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.context.Blobs;
import io.percolate.gateway.context.blob.ChunkedBytes;
import io.percolate.gateway.context.blob.Unreadable;
import io.percolate.gateway.context.keys.MemoryKeyRows;
import io.percolate.gateway.context.store.ContextBlobs.Fetched;
import io.percolate.gateway.context.store.S3ContextStore.Condition;
import io.percolate.gateway.context.store.S3ContextStore.Written;
import io.percolate.gateway.context.store.StoredObject.Notes;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.S3Fixture;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class ContextBlobsTest {
    private static final S3Endpoint S3 = S3Fixture.shared();
    private static final MemoryKeyRows ROWS = new MemoryKeyRows();
    private static Blobs blobs;

    private final TenantId tenant = new TenantId(UUID.randomUUID());

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        blobs = Blobs.of(Blobs.s3(S3, S3.endpoint(), S3Fixture.freshBucket()), ROWS);
    }

    @AfterAll
    static void close() {
        blobs.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16_000, 16_384, 65_536, 65_537, 1_000_000, 16 << 20})
    void aContextComesBackAsItWasPut(int length) {
        byte[] content = random(length);

        Written written =
                await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "application/json", pieces(content), 7));
        OpenedContext context = await(blobs.contexts().get(tenant, SecurityMode.NODE_BASED));
        StoredObject head = await(blobs.contexts().head(tenant));

        assertThat(bytes(context.content())).isEqualTo(content);
        assertThat(context.contentType()).isEqualTo("application/json");
        assertThat(context.stored().etag()).isEqualTo(written.etag()).isEqualTo(head.etag());
        assertThat(context.stored().length()).isEqualTo(written.length()).isEqualTo(head.length());
        assertThat(head.notes())
                .isEqualTo(
                        new Notes(Optional.of(7L), Optional.of(SecurityMode.NODE_BASED), Optional.of((long) length)));
        assertThat(blobs.budget().used()).isZero();
    }

    @Test
    void whatLiesInTheBucketIsNotTheContent() {
        put("a secret that must not be seen in the bucket");

        byte[] stored = stored();

        assertThat(new String(stored, StandardCharsets.ISO_8859_1))
                .startsWith("PGCB")
                .doesNotContain("secret");
    }

    @Test
    void ciphertextOfDevicesIsStoredAndReadUntouched() {
        byte[] ciphertext = random(100_001);

        await(blobs.contexts().put(tenant, SecurityMode.MOBILE_ONLY, "application/x-sealed", pieces(ciphertext), 1));
        OpenedContext context = await(blobs.contexts().get(tenant, SecurityMode.MOBILE_ONLY));

        assertThat(stored()).isEqualTo(ciphertext);
        assertThat(bytes(context.content())).isEqualTo(ciphertext);
        assertThat(context.contentType()).isEqualTo("application/x-sealed");
        assertThat(await(ROWS.all(tenant))).isEmpty();
    }

    @Test
    void aContextStoredUnderTheOtherModeIsRefused() {
        put("x");
        assertUnreadable(blobs.contexts().get(tenant, SecurityMode.MOBILE_ONLY), Unreadable.MODE_MISMATCH);

        TenantId other = new TenantId(UUID.randomUUID());
        await(blobs.contexts().put(other, SecurityMode.MOBILE_ONLY, "a/b", pieces(random(10)), 1));
        assertUnreadable(blobs.contexts().get(other, SecurityMode.NODE_BASED), Unreadable.MODE_MISMATCH);
    }

    @Test
    void anUnchangedContextIsNotReadAgain() {
        Written written = put("one");
        assertThat(await(blobs.contexts()
                        .beginUnless(written.etag(), tenant, SecurityMode.NODE_BASED, ContextBlobs.AS_IT_IS)))
                .isInstanceOf(Fetched.Unchanged.class);

        put("two");
        assertThat(await(blobs.contexts()
                        .beginUnless(written.etag(), tenant, SecurityMode.NODE_BASED, ContextBlobs.AS_IT_IS)))
                .isInstanceOfSatisfying(
                        Fetched.Opened.class,
                        opened -> assertThat(bytes(await(opened.context()
                                        .content()
                                        .whole()
                                        .then(Mono.fromCallable(
                                                () -> opened.context().content().asWhole())))))
                                .isEqualTo(bytesOf("two")));
    }

    @Test
    void aTenantWithoutContextHasNone() {
        assertFails(blobs.contexts().get(tenant, SecurityMode.NODE_BASED), FailureKind.CONTEXT_ABSENT);
        assertFails(blobs.contexts().head(tenant), FailureKind.CONTEXT_ABSENT);
        assertFails(Flux.from(blobs.snapshots().get(tenant, 1)).then(), FailureKind.CONTEXT_ABSENT);
    }

    @Test
    void aContextOfAnEarlierEpochNeverReplacesALaterOne() {
        await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", pieces(bytesOf("five")), 5));

        StepVerifier.create(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", pieces(bytesOf("four")), 4))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                SupersededException.class,
                                superseded ->
                                        assertThat(superseded.storedEpoch()).isEqualTo(5)))
                .verify();
        await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", pieces(bytesOf("five again")), 5));
        assertThat(read()).isEqualTo("five again");
    }

    @Test
    void aWriteWhoseConditionIsBrokenWritesNothing() {
        ObjectName name = new ObjectName.ContextOf(tenant);
        ChunkedBytes bytes = new ChunkedBytes.Builder(0)
                .append(ByteBuffer.wrap(bytesOf("raw")))
                .build();
        Optional<Written> first = await(blobs.store().put(name, bytes, "a/b", Notes.NONE, new Condition.Absent()));
        assertThat(first).isPresent();
        assertThat(await(blobs.store().put(name, bytes, "a/b", Notes.NONE, new Condition.Unchanged("\"none\""))))
                .isEmpty();
        assertThat(await(blobs.store().put(name, bytes, "a/b", Notes.NONE, new Condition.Absent())))
                .isEmpty();
        assertThat(await(blobs.store()
                        .put(
                                name,
                                bytes,
                                "a/b",
                                Notes.NONE,
                                new Condition.Unchanged(first.get().etag()))))
                .isPresent();
    }

    @Test
    void aContextOfAnEarlierEpochThatIsPutBackIsRefused() {
        await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", pieces(bytesOf("old")), 1));
        byte[] old = stored();
        await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", pieces(bytesOf("new")), 2));
        Blobs elsewhere = Blobs.of(blobs.store(), ROWS);
        assertThat(await(elsewhere.contexts().get(tenant, SecurityMode.NODE_BASED))
                        .content()
                        .length())
                .isEqualTo(3);

        place(new ObjectName.ContextOf(tenant), old);

        assertUnreadable(elsewhere.contexts().get(tenant, SecurityMode.NODE_BASED), Unreadable.DOWNGRADED);
        elsewhere.opening().dispose();
    }

    @Test
    void aContextSwappedBetweenTenantsIsRefused() {
        TenantId other = new TenantId(UUID.randomUUID());
        put("mine");
        await(blobs.contexts().put(other, SecurityMode.NODE_BASED, "a/b", pieces(bytesOf("theirs")), 1));

        place(new ObjectName.ContextOf(other), stored());

        assertUnreadable(blobs.contexts().get(other, SecurityMode.NODE_BASED), Unreadable.NOT_AUTHENTIC);
    }

    @Test
    void aSnapshotInTheContextsPlaceIsRefusedAndTheOtherWayRound() {
        await(blobs.snapshots().put(tenant, 3, pieces(random(1000))));
        put("context");
        byte[] context = stored();
        byte[] snapshot = stored(new ObjectName.SnapshotOf(tenant, 3));

        place(new ObjectName.ContextOf(tenant), snapshot);
        place(new ObjectName.SnapshotOf(tenant, 3), context);
        place(new ObjectName.SnapshotOf(tenant, 4), snapshot);

        assertUnreadable(blobs.contexts().get(tenant, SecurityMode.NODE_BASED), Unreadable.PURPOSE_MISMATCH);
        assertUnreadable(blobs.snapshots().get(tenant, 3).then(), Unreadable.PURPOSE_MISMATCH);
        assertUnreadable(blobs.snapshots().get(tenant, 4).then(), Unreadable.EPOCH_MISMATCH);
    }

    @Test
    void whatIsNotABlobIsRefused() {
        put("to make a key");
        for (byte[] foreign : List.of(new byte[0], bytesOf("{}"), random(5000))) {
            place(new ObjectName.ContextOf(tenant), foreign);
            assertUnreadable(blobs.contexts().get(tenant, SecurityMode.NODE_BASED), Unreadable.NOT_A_BLOB);
        }
    }

    @Test
    void aDamagedOrTruncatedObjectIsRefused() {
        await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", pieces(random(50_000)), 1));
        byte[] whole = stored();
        byte[] flipped = whole.clone();
        flipped[whole.length / 2] ^= 1;

        for (byte[] damaged : List.of(flipped, Arrays.copyOf(whole, 20_000), Arrays.copyOf(whole, whole.length + 1))) {
            place(new ObjectName.ContextOf(tenant), damaged);
            assertUnreadable(blobs.contexts().get(tenant, SecurityMode.NODE_BASED), Unreadable.NOT_AUTHENTIC);
        }
        assertThat(blobs.budget().used()).isZero();
    }

    @Test
    void aContextWhoseKeyIsGoneIsRefused() {
        put("x");
        byte[] blob = stored();
        blob[11] = 9;
        place(new ObjectName.ContextOf(tenant), blob);

        assertUnreadable(blobs.contexts().get(tenant, SecurityMode.NODE_BASED), Unreadable.KEY_UNKNOWN);
    }

    @Test
    void aContextSealedUnderAKeyEncryptionKeyThatIsNotHereIsRefused() {
        put("x");
        Blobs elsewhere = Blobs.of(blobs.store(), ROWS, "other:" + "B".repeat(42) + "A=", Blobs.BOUNDS);

        assertUnreadable(
                elsewhere.contexts().get(tenant, SecurityMode.NODE_BASED), Unreadable.KEY_ENCRYPTION_KEY_UNKNOWN);
        elsewhere.opening().dispose();
    }

    @Test
    void aContextThatIsTooLargeIsNeitherWrittenNorRead() {
        Flux<ByteBuffer> large = Flux.range(0, 17).map(i -> ByteBuffer.allocate(1 << 20));
        assertFails(
                blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", large, 1), FailureKind.CONTEXT_TOO_LARGE);

        await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", Flux.just(ByteBuffer.allocate(1 << 20)), 1));
        TenantId mobile = new TenantId(UUID.randomUUID());
        await(blobs.contexts().put(mobile, SecurityMode.MOBILE_ONLY, "a/b", pieces(random(20_000)), 1));
        BlobsConfig narrow = new BlobsConfig(10_000, 10_000, Duration.ofSeconds(5), 100_000, Duration.ofSeconds(1), 1);
        Blobs small = Blobs.of(blobs.store(), ROWS, Blobs.KEY, narrow);
        assertFails(small.contexts().get(tenant, SecurityMode.NODE_BASED), FailureKind.CONTEXT_TOO_LARGE);
        assertFails(small.contexts().get(mobile, SecurityMode.MOBILE_ONLY), FailureKind.CONTEXT_TOO_LARGE);
        assertThat(small.budget().used()).isZero();
        small.opening().dispose();
    }

    @Test
    void anObjectWhoseNoteLiesAboutItsLengthIsRefused() {
        await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", Flux.just(ByteBuffer.allocate(1 << 20)), 1));
        ChunkedBytes blob =
                new ChunkedBytes.Builder(0).append(ByteBuffer.wrap(stored())).build();
        await(blobs.store()
                .put(
                        new ObjectName.ContextOf(tenant),
                        blob,
                        "a/b",
                        new Notes(Optional.empty(), Optional.empty(), Optional.of(10L)),
                        new Condition.Always()));

        assertFails(blobs.contexts().get(tenant, SecurityMode.NODE_BASED), FailureKind.CONTEXT_TOO_LARGE);
    }

    @Test
    void aContextIsPutFromAFile() throws Exception {
        Path file = Files.write(folder.resolve("context.json"), bytesOf("from a file"));

        await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "text/plain", file, 1));

        assertThat(read()).isEqualTo("from a file");
        assertThatThrownBy(() -> await(
                        blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "text/plain", folder.resolve("none"), 1)))
                .hasRootCauseInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000, (8 << 20) - 3000, (8 << 20) + 1, 20 << 20})
    void aSnapshotComesBackAsItWasPut(int length) throws Exception {
        byte[] content = random(length);
        Path source = Files.write(folder.resolve("source.tar"), content);
        Path target = folder.resolve("target.tar");

        Written written = await(blobs.snapshots().put(tenant, 42, source));
        long read = await(blobs.snapshots().get(tenant, 42, target));

        assertThat(read).isEqualTo(length);
        assertThat(Files.readAllBytes(target)).isEqualTo(content);
        assertThat(stored(new ObjectName.SnapshotOf(tenant, 42))).hasSize(Math.toIntExact(written.length()));
        assertThat(blobs.snapshots().location(tenant, 42).toString())
                .startsWith("s3://")
                .endsWith("/tenants/" + tenant + "/data/42.tar.zst.enc");
        await(blobs.snapshots().delete(tenant, 42).thenReturn(true));
        assertFails(blobs.snapshots().get(tenant, 42).then(), FailureKind.CONTEXT_ABSENT);
        await(blobs.snapshots().delete(tenant, 42).thenReturn(true));
    }

    @Test
    void aDamagedSnapshotLeavesNoFile() throws Exception {
        await(blobs.snapshots().put(tenant, 1, pieces(random(3 << 20))));
        ObjectName name = new ObjectName.SnapshotOf(tenant, 1);
        byte[] damaged = stored(name);
        damaged[damaged.length - 5] ^= 1;
        place(name, damaged);

        assertUnreadable(blobs.snapshots().get(tenant, 1, folder.resolve("t")).then(), Unreadable.NOT_AUTHENTIC);
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aSnapshotTooLargeToRestoreIsRefused() {
        BlobsConfig narrow = new BlobsConfig(10_000, 1 << 20, Duration.ofSeconds(5), 100_000, Duration.ofSeconds(1), 1);
        Blobs small = Blobs.of(blobs.store(), ROWS, Blobs.KEY, narrow);
        await(blobs.snapshots().put(tenant, 1, Flux.range(0, 64).map(i -> ByteBuffer.allocate(1 << 20))));

        assertFails(small.snapshots().get(tenant, 1).then(), FailureKind.CONTEXT_TOO_LARGE);
        small.opening().dispose();
    }

    @Test
    void anUploadThatFailsLeavesNothing() {
        Flux<ByteBuffer> failing = pieces(random(12 << 20)).concatWith(Flux.error(new IOException("disk gone")));

        StepVerifier.create(blobs.snapshots().put(tenant, 1, failing))
                .expectErrorMessage("disk gone")
                .verify();
        assertFails(blobs.snapshots().get(tenant, 1).then(), FailureKind.CONTEXT_ABSENT);
    }

    @Test
    void aSnapshotIsReadNoFasterThanItIsAskedFor() {
        byte[] content = random(4 << 20);
        await(blobs.snapshots().put(tenant, 1, pieces(content)));

        StepVerifier.create(blobs.snapshots().get(tenant, 1), 0)
                .thenRequest(1)
                .assertNext(chunk -> assertThat(chunk).isEqualTo(ByteBuffer.wrap(content, 0, chunk.remaining())))
                .expectNoEvent(Duration.ofMillis(100))
                .thenRequest(2)
                .expectNextCount(2)
                .thenCancel()
                .verify();
    }

    private Written put(String text) {
        return await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "text/plain", pieces(bytesOf(text)), 1));
    }

    private String read() {
        return new String(
                bytes(await(blobs.contexts().get(tenant, SecurityMode.NODE_BASED))
                        .content()),
                StandardCharsets.UTF_8);
    }

    private byte[] stored() {
        return stored(new ObjectName.ContextOf(tenant));
    }

    private static byte[] stored(ObjectName name) {
        return bytes(await(blobs.store()
                .get(name)
                .flatMap(content -> content.bytes()
                        .reduceWith(() -> new ChunkedBytes.Builder(0), ChunkedBytes.Builder::append)
                        .map(ChunkedBytes.Builder::build))));
    }

    private static void place(ObjectName name, byte[] bytes) {
        ChunkedBytes chunks =
                new ChunkedBytes.Builder(0).append(ByteBuffer.wrap(bytes)).build();
        assertThat(await(blobs.store()
                        .put(name, chunks, "application/octet-stream", Notes.NONE, new Condition.Always())))
                .isPresent();
    }

    private static void assertUnreadable(Mono<?> call, Unreadable reason) {
        StepVerifier.create(call)
                .expectErrorSatisfies(error -> {
                    assertThat(FailureException.failureOf(error).kind()).isEqualTo(FailureKind.CONTEXT_UNREADABLE);
                    assertThat(ContextBlobs.unreadable(error)).contains(reason);
                })
                .verify(Duration.ofSeconds(30));
    }

    private static void assertFails(Mono<?> call, FailureKind kind) {
        StepVerifier.create(call)
                .expectErrorSatisfies(
                        error -> assertThat(FailureException.failureOf(error).kind())
                                .as("%s", error)
                                .isEqualTo(kind))
                .verify(Duration.ofSeconds(30));
    }

    private static byte[] bytesOf(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bytes(ChunkedBytes chunks) {
        try {
            return chunks.stream().readAllBytes();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Flux<ByteBuffer> pieces(byte[] bytes) {
        int piece = 50_000;
        return Flux.range(0, (bytes.length + piece - 1) / piece)
                .map(i -> ByteBuffer.wrap(bytes, i * piece, Math.min(piece, bytes.length - i * piece)));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
