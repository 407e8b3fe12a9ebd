package io.percolate.gateway.context.cache;

import static io.percolate.gateway.context.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.Blobs;
import io.percolate.gateway.context.TcpProxy;
import io.percolate.gateway.context.disk.DiskBlobs;
import io.percolate.gateway.context.disk.DiskConfig;
import io.percolate.gateway.context.keys.MemoryKeyRows;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.S3Fixture;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.ByteArrayOutputStream;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class DiskLevelTest {
    private static final S3Endpoint S3 = S3Fixture.shared();
    private static final String BUCKET = S3Fixture.freshBucket();
    private static final CacheConfig CONFIG =
            new CacheConfig(4 << 20, Duration.ofSeconds(30), Duration.ofHours(1), Duration.ofSeconds(5));
    private static final int LENGTH = 600_000;

    private final MemoryKeyRows rows = new MemoryKeyRows();
    private final TcpProxy proxy = new TcpProxy(S3.endpoint());
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final TenantId tenant = new TenantId(UUID.randomUUID());
    private Blobs blobs;
    private DiskBlobs disk;

    @TempDir
    private Path folder;

    @BeforeEach
    void open() {
        blobs = Blobs.of(Blobs.s3(S3, proxy.address(), BUCKET), rows);
        disk = disk(1 << 20).orElseThrow();
    }

    @AfterEach
    void close() {
        disk.close();
        blobs.close();
        proxy.close();
    }

    @Test
    void whatWasFetchedIsReadFromDiskAfterARestartOnceS3SaysThatItStillIsTheOne() throws IOException {
        byte[] content = put(tenant, LENGTH);
        assertThat(read(cache(), 1)).isEqualTo(content);
        assertThat(counted("fetched")).isEqualTo(1);
        assertThat(disk.bytes()).isGreaterThanOrEqualTo(LENGTH);
        assertThat(Files.readString(only(), StandardCharsets.ISO_8859_1)).contains("PGCB");
        restart();
        // Enough for the answer "not modified", not for the blob.
        proxy.cutAfter(100_000);

        assertThat(read(cache(), 1)).isEqualTo(content);

        // Counted once all of it was read, which this thread may see a moment earlier.
        await().untilAsserted(() -> assertThat(counted("disk")).isEqualTo(1));
        assertThat(blobs.budget().used()).isZero();
    }

    @Test
    void anotherObjectInS3TakesItsPlaceOnDisk() throws IOException {
        put(tenant, LENGTH);
        read(cache(), 1);
        byte[] changed = put(tenant, LENGTH - 1);

        assertThat(read(cache(), 1)).isEqualTo(changed);
        assertThat(read(cache(), 1)).isEqualTo(changed);

        assertThat(counted("fetched")).isEqualTo(2);
        assertThat(counted("disk")).isEqualTo(1);
        assertThat(files()).hasSize(1);
    }

    @Test
    void whatADiskDamagedIsDroppedAndFetchedAnew() throws IOException {
        byte[] content = put(tenant, LENGTH);
        read(cache(), 1);
        byte[] damaged = Files.readAllBytes(only());
        damaged[damaged.length / 2] ^= 1;
        Files.write(only(), damaged);

        assertThat(read(cache(), 1)).isEqualTo(content);

        assertThat(counted("fetched")).isEqualTo(2);
        assertThat(registry.get("context.disk.damaged").counter().count()).isEqualTo(1);
        assertThat(read(cache(), 1)).isEqualTo(content);
        assertThat(counted("disk")).isEqualTo(1);
    }

    @Test
    void aStartDropsWhatIsCutShortOrUnfinishedOrNoneOfOurs() throws IOException {
        put(tenant, LENGTH);
        read(cache(), 1);
        byte[] whole = Files.readAllBytes(only());
        Files.write(only(), Arrays.copyOf(whole, whole.length - 100));
        Files.write(folder.resolve("x.tmp"), new byte[10]);
        Files.write(folder.resolve("y.blob"), new byte[10]);
        Files.write(folder.resolve("z.blob"), Arrays.copyOf(whole, 20));

        restart();

        assertThat(files()).isEmpty();
        assertThat(disk.bytes()).isZero();
        assertThat(registry.get("context.disk.damaged").counter().count()).isEqualTo(3);
    }

    @Test
    void onDiskAreNeverMoreBytesThanMayBe() throws IOException {
        for (int i = 0; i < 5; i++) {
            TenantId id = new TenantId(UUID.randomUUID());
            put(id, LENGTH / 2);
            bytes(await(cache().get(route(id, 1, 1))));
            assertThat(disk.bytes()).isLessThanOrEqualTo(1 << 20);
        }
        assertThat(files()).hasSize(3);
    }

    @Test
    void aFlushWipesTheDiskToo() throws IOException {
        put(tenant, LENGTH);
        S3ContextCache cache = cache();
        read(cache, 1);
        assertThat(cache.flush(new FlushScope.OneTier(Tier.C))).isZero();
        assertThat(files()).hasSize(1);

        assertThat(cache.flush(new FlushScope.OneTenant(tenant))).isEqualTo(1);

        assertThat(files()).isEmpty();
        read(cache, 1);
        assertThat(counted("fetched")).isEqualTo(2);
    }

    @Test
    void aContextThatCameDuringAFlushIsNotKept() throws IOException {
        put(tenant, LENGTH);
        S3ContextCache cache = cache();
        proxy.pauseAfter(300_000);
        Context context = await(cache.get(route(tenant, 1, 1)));

        cache.flush(new FlushScope.All());
        proxy.speak();

        assertThat(bytes(context)).hasSize(LENGTH);
        await().until(() -> blobs.budget().used() == 0);
        assertThat(files()).isEmpty();
    }

    @Test
    void whileS3IsAwayWhatIsOnDiskIsGivenOutUnlessAPodHasHadTheTenantSince() {
        byte[] content = put(tenant, LENGTH);
        read(cache(), 1);
        proxy.refuse();

        assertThat(read(cache(), 1)).isEqualTo(content);
        assertThat(counted("stale")).isEqualTo(1);
        assertThat(await(cache().get(route(tenant, 2, 2))
                        .<Object>map(given -> given)
                        .onErrorResume(error ->
                                Mono.just(FailureException.failureOf(error).kind()))))
                .isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
    }

    @Test
    void aTransferThatBreaksOffLeavesNoFile() throws IOException {
        put(tenant, LENGTH);
        proxy.cutAfter(400_000);
        Context context = await(cache().get(route(tenant, 1, 1)));

        assertThat(await(Flux.from(context.bytes(0, LENGTH))
                        .then(Mono.just(false))
                        .onErrorReturn(true)))
                .isTrue();

        await().until(() -> blobs.budget().used() == 0);
        assertThat(files()).isEmpty();
    }

    @Test
    void theCiphertextOfAMobileTenantIsKeptAsItIs() {
        byte[] ciphertext = {1, 2, 3, 4};
        await(blobs.contexts().put(tenant, SecurityMode.MOBILE_ONLY, "a/b", Flux.just(ByteBuffer.wrap(ciphertext)), 1));
        TenantRoute route = route(tenant, 1, 1, SecurityMode.MOBILE_ONLY);

        assertThat(bytes(await(cache().get(route)))).isEqualTo(ciphertext);
        assertThat(bytes(await(cache().get(route)))).isEqualTo(ciphertext);

        assertThat(counted("disk")).isEqualTo(1);
    }

    @Test
    void aFolderHasOneProcess() {
        assertThat(disk(1 << 20)).isEmpty();
    }

    private void restart() {
        disk.close();
        disk = disk(1 << 20).orElseThrow();
    }

    private Optional<DiskBlobs> disk(long bytes) {
        return DiskBlobs.open(new DiskConfig(Optional.of(folder), bytes), registry);
    }

    /** One with nothing in memory. */
    private S3ContextCache cache() {
        return new S3ContextCache(blobs.contexts(), blobs.budget(), Optional.of(disk), CONFIG, registry);
    }

    private byte[] read(S3ContextCache cache, long version) {
        byte[] content = bytes(await(cache.get(route(tenant, version, 1))));
        await().until(() -> blobs.budget().used() == 0);
        return content;
    }

    private byte[] put(TenantId id, int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        await(blobs.contexts().put(id, SecurityMode.NODE_BASED, "a/b", Flux.just(ByteBuffer.wrap(content)), 1));
        return content;
    }

    private double counted(String outcome) {
        return registry.get("context.cache.requests")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private Path only() throws IOException {
        return files().getFirst();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(path -> !path.endsWith("lock")).toList();
        }
    }

    private static TenantRoute route(TenantId id, long version, long epoch) {
        return route(id, version, epoch, SecurityMode.NODE_BASED);
    }

    private static TenantRoute route(TenantId id, long version, long epoch, SecurityMode mode) {
        return new TenantRoute(
                id, Tier.A, TenantStatus.ACTIVE, mode, Residency.COLD, null, epoch, "default", null, null, version);
    }

    private static byte[] bytes(Context context) {
        return await(Flux.from(context.bytes(0, context.length()))
                        .reduceWith(ByteArrayOutputStream::new, (all, part) -> {
                            byte[] copy = new byte[part.remaining()];
                            part.get(copy);
                            all.writeBytes(copy);
                            return all;
                        }))
                .toByteArray();
    }
}
