package io.percolate.gateway.context.cache;

import static io.percolate.gateway.context.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.Blobs;
import io.percolate.gateway.context.TcpProxy;
import io.percolate.gateway.context.disk.DiskBlobs;
import io.percolate.gateway.context.keys.MemoryKeyRows;
import io.percolate.gateway.context.store.BlobsConfig;
import io.percolate.gateway.context.store.S3Config;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.S3Fixture;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class S3ContextCacheTest {
    private static final S3Endpoint S3 = S3Fixture.shared();
    private static final String BUCKET = S3Fixture.freshBucket();
    private static final CacheConfig CONFIG =
            new CacheConfig(2 << 20, Duration.ofSeconds(30), Duration.ofHours(1), Duration.ofSeconds(5));
    private static final BlobsConfig BOUNDS =
            new BlobsConfig(1 << 20, 1 << 20, Duration.ofSeconds(5), 4 << 20, Duration.ofMillis(300), 2);

    private final MemoryKeyRows rows = new MemoryKeyRows();
    private final TcpProxy proxy = new TcpProxy(S3.endpoint());
    private final AtomicLong nanos = new AtomicLong(1);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final TenantId tenant = new TenantId(UUID.randomUUID());
    private Blobs direct;
    private Blobs proxied;
    private S3ContextCache cache;

    @BeforeEach
    void open() {
        direct = Blobs.of(Blobs.s3(S3, S3.endpoint(), BUCKET), rows, BOUNDS);
        proxied = Blobs.of(impatient(), rows, BOUNDS);
        cache = cache(CONFIG);
    }

    @AfterEach
    void close() {
        proxied.close();
        direct.close();
        proxy.close();
    }

    @Test
    void aContextIsFetchedOnceAndThenAtHand() {
        put("hello");

        Context first = await(cache.get(route(1)));
        Context second = await(cache.get(route(1)));

        assertThat(text(first)).isEqualTo("hello");
        assertThat(second).isSameAs(first);
        assertThat(first.length()).isEqualTo(5);
        assertThat(first.contentType()).isEqualTo("text/plain");
        assertThat(first.etag()).matches("\"[^\"]+-n\"");
        assertThat(first.lastModified()).isNotNull();
        assertThat(proxy.gets()).isEqualTo(1);
        assertThat(counted("fetched")).isEqualTo(1);
        assertThat(counted("hit")).isEqualTo(1);
        assertThat(registry.get("context.fetch").timer().count()).isEqualTo(1);
        assertThat(registry.get("context.cache.bytes").gauge().value()).isGreaterThan(5);
        assertThat(cache.name()).isEqualTo(CacheName.CONTEXT);
    }

    @Test
    void aHundredWhoAskAtOnceShareOneFetch() {
        put("shared");
        proxy.silence();

        List<Mono<Context>> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(begun(cache.get(route(1))));
        }
        await().until(() -> proxy.gets() == 1);
        proxy.speak();

        assertThat(waiting).allSatisfy(one -> assertThat(text(await(one))).isEqualTo("shared"));
        assertThat(proxy.gets()).isEqualTo(1);
    }

    @Test
    void oneWhoLeavesLeavesTheOthersAlone() {
        put("still here");
        proxy.silence();
        Disposable leaving = cache.get(route(1)).subscribe();
        Mono<Context> staying = begun(cache.get(route(1)));
        await().until(() -> proxy.gets() == 1);

        leaving.dispose();
        proxy.speak();

        assertThat(text(await(staying))).isEqualTo("still here");
        assertThat(proxy.gets()).isEqualTo(1);
    }

    @Test
    void aFetchThatAllHaveLeftStillFillsTheCache() {
        put("for the next");
        proxy.silence();
        Disposable leaving = cache.get(route(1)).subscribe();
        await().until(() -> proxy.gets() == 1);

        leaving.dispose();
        proxy.speak();

        await().until(() -> cache.cachedBytes() > 0);
        assertThat(text(await(cache.get(route(1))))).isEqualTo("for the next");
        assertThat(proxy.gets()).isEqualTo(1);
    }

    @Test
    void anEntryThatIsNoLongerFreshIsConfirmedWithoutReadingItAgain() {
        put("unchanged");
        Context first = await(cache.get(route(1)));
        nanos.addAndGet(CONFIG.fresh().toNanos());

        assertThat(await(cache.get(route(1)))).isSameAs(first);
        assertThat(await(cache.get(route(1)))).isSameAs(first);

        assertThat(proxy.gets()).isEqualTo(2);
        assertThat(counted("revalidated")).isEqualTo(1);
        assertThat(counted("hit")).isEqualTo(1);
    }

    @Test
    void anEntryThatIsNoLongerFreshIsReplacedByWhatIsStoredNow() {
        put("old");
        await(cache.get(route(1)));
        put("new");
        assertThat(text(await(cache.get(route(1))))).isEqualTo("old");

        nanos.addAndGet(CONFIG.fresh().toNanos());

        assertThat(text(await(cache.get(route(1))))).isEqualTo("new");
    }

    @Test
    void aRouteThatChangedMakesTheCacheAskAgainAtOnce() {
        put("before the pod had it");
        await(cache.get(route(1)));
        put("after");

        assertThat(text(await(cache.get(route(2))))).isEqualTo("after");
        assertThat(text(await(cache.get(route(1))))).isEqualTo("after");
        assertThat(proxy.gets()).isEqualTo(2);
    }

    @Test
    void aChangeOfSecurityModeNeverGivesOutWhatWasOpenedUnderTheOther() {
        put("opened");
        await(cache.get(route(1)));
        byte[] ciphertext = {1, 2, 3};
        await(direct.contexts()
                .put(tenant, SecurityMode.MOBILE_ONLY, "a/b", Flux.just(ByteBuffer.wrap(ciphertext)), 1));

        Context sealedOne = await(cache.get(route(2, SecurityMode.MOBILE_ONLY, 1)));

        assertThat(bytes(sealedOne)).isEqualTo(ciphertext);
        assertThat(sealedOne.etag()).endsWith("-m\"");
    }

    @Test
    void aTenantWithoutContextIsNotAskedForAgainSoon() {
        assertFails(cache.get(route(1)), FailureKind.CONTEXT_ABSENT);
        assertFails(cache.get(route(1)), FailureKind.CONTEXT_ABSENT);
        assertThat(proxy.gets()).isEqualTo(1);
        assertThat(counted("absent")).isEqualTo(2);

        put("now there is one");
        assertThat(text(await(cache.get(route(2))))).isEqualTo("now there is one");
    }

    @Test
    void theAbsenceOfAContextIsForgottenSoon() {
        assertFails(cache.get(route(1)), FailureKind.CONTEXT_ABSENT);
        put("late");

        nanos.addAndGet(CONFIG.absentFresh().toNanos() + 1);

        assertThat(text(await(cache.get(route(1))))).isEqualTo("late");
    }

    @Test
    void whileTheStoreIsAwayAContextIsGivenOutStaleWithinBounds() {
        put("kept");
        await(cache.get(route(1)));
        nanos.addAndGet(CONFIG.fresh().toNanos());
        proxy.refuse();

        assertThat(text(await(cache.get(route(1))))).isEqualTo("kept");
        assertThat(counted("stale")).isEqualTo(1);
        assertThat(text(await(cache.get(route(1))))).isEqualTo("kept");
        assertThat(counted("hit")).isEqualTo(1);

        assertFails(cache.get(route(2, SecurityMode.NODE_BASED, 2)), FailureKind.CONTEXT_STORE_UNAVAILABLE);
        nanos.addAndGet(CONFIG.staleMax().toNanos());
        assertFails(cache.get(route(1)), FailureKind.CONTEXT_STORE_UNAVAILABLE);

        proxy.accept(true);
        assertThat(text(await(cache.get(route(1))))).isEqualTo("kept");
    }

    @Test
    void aFailureIsNotKept() {
        put("back again");
        proxy.refuse();
        assertFails(cache.get(route(1)), FailureKind.CONTEXT_STORE_UNAVAILABLE);

        proxy.accept(true);

        assertThat(text(await(cache.get(route(1))))).isEqualTo("back again");
        assertThat(counted("failed")).isEqualTo(1);
    }

    @Test
    void aContextThatCannotBeOpenedIsCountedByItsReason() {
        TenantId other = new TenantId(UUID.randomUUID());
        await(direct.contexts()
                .put(other, SecurityMode.MOBILE_ONLY, "a/b", Flux.just(ByteBuffer.wrap(new byte[3])), 1));

        assertFails(cache.get(route(other, 1, SecurityMode.NODE_BASED, 1, Tier.A)), FailureKind.CONTEXT_UNREADABLE);

        assertThat(registry.get("context.unreadable")
                        .tag("reason", "mode_mismatch")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aFlushDropsWhatItIsAboutAndNothingElse() {
        TenantId other = new TenantId(UUID.randomUUID());
        TenantId absent = new TenantId(UUID.randomUUID());
        put("a");
        await(direct.contexts().put(other, SecurityMode.NODE_BASED, "a/b", Flux.empty(), 1));
        TenantRoute otherRoute = route(other, 1, SecurityMode.NODE_BASED, 1, Tier.C);
        await(cache.get(route(1)));
        await(cache.get(otherRoute));
        assertFails(cache.get(route(absent, 1, SecurityMode.NODE_BASED, 1, Tier.C)), FailureKind.CONTEXT_ABSENT);

        assertThat(cache.flush(new FlushScope.OneTenant(new TenantId(UUID.randomUUID()))))
                .isZero();
        assertThat(cache.flush(new FlushScope.OneTier(Tier.B))).isZero();
        assertThat(cache.flush(new FlushScope.OneTenant(tenant))).isEqualTo(1);
        assertThat(cache.flush(new FlushScope.OneTenant(tenant))).isZero();
        await(cache.get(route(1)));
        assertThat(proxy.gets()).isEqualTo(4);
        assertThat(cache.flush(new FlushScope.OneTier(Tier.C))).isEqualTo(2);
        await(cache.get(route(1)));
        assertThat(proxy.gets()).isEqualTo(4);
        assertThat(cache.flush(new FlushScope.All())).isEqualTo(1);
        assertThat(cache.cachedBytes()).isZero();
    }

    @Test
    void whatAFetchBringsAfterAFlushIsGivenOutButNotKept() {
        put("before the flush");
        proxy.silence();
        Mono<Context> early = begun(cache.get(route(1)));
        await().until(() -> proxy.gets() == 1);

        cache.flush(new FlushScope.OneTenant(tenant));
        Mono<Context> late = begun(cache.get(route(1)));
        await().until(() -> proxy.gets() == 2);
        cache.flush(new FlushScope.All());
        proxy.speak();

        assertThat(text(await(early))).isEqualTo("before the flush");
        assertThat(text(await(late))).isEqualTo("before the flush");
        assertThat(cache.cachedBytes()).isZero();
    }

    @Test
    void aPartOfAContextIsReadAsItIsAskedFor() {
        byte[] content = new byte[200_000];
        new Random(7).nextBytes(content);
        await(direct.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", Flux.just(ByteBuffer.wrap(content)), 1));
        Context context = await(cache.get(route(1)));

        StepVerifier.create(context.bytes(65_530, 131_080), 0)
                .thenRequest(1)
                .expectNext(ByteBuffer.wrap(content, 65_530, 6))
                .thenRequest(2)
                .assertNext(chunk -> {
                    assertThat(chunk.isReadOnly()).isTrue();
                    assertThat(chunk).isEqualTo(ByteBuffer.wrap(content, 65_536, 65_536));
                })
                .expectNext(ByteBuffer.wrap(content, 131_072, 8))
                .verifyComplete();
        StepVerifier.create(context.bytes(5, 5)).verifyComplete();
        assertThat(bytes(context)).isEqualTo(content);
        assertThatThrownBy(() -> context.bytes(0, 200_001)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> context.bytes(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> context.bytes(2, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void randomLoadIsKeptWithinTheBoundOfTheCache() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<TenantId> tenants = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            TenantId id = new TenantId(UUID.randomUUID());
            tenants.add(id);
            byte[] content = new byte[1 + random.nextInt(900_000)];
            random.nextBytes(content);
            await(direct.contexts().put(id, SecurityMode.NODE_BASED, "a/b", Flux.just(ByteBuffer.wrap(content)), 1));
        }
        for (int i = 0; i < 60; i++) {
            TenantId id = tenants.get(random.nextInt(tenants.size()));
            Context context = await(cache.get(route(id, 1, SecurityMode.NODE_BASED, 1, Tier.A)));
            assertThat(context.length()).as("seed %d", seed).isPositive();
            // The thread that has put it in may still be making room.
            await().alias("seed " + seed).until(() -> cache.cachedBytes() <= CONFIG.bytesMax());
        }
        await().until(() -> proxied.budget().used() == 0);
    }

    @Test
    void aStormOfColdTenantsIsServedWithinTheMemoryInFlight() {
        List<TenantRoute> routes = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            TenantId id = new TenantId(UUID.randomUUID());
            routes.add(route(id, 1, SecurityMode.NODE_BASED, 1, Tier.A));
            byte[] content = new byte[700_000];
            new Random(i).nextBytes(content);
            await(direct.contexts().put(id, SecurityMode.NODE_BASED, "a/b", Flux.just(ByteBuffer.wrap(content)), 1));
        }
        AtomicLong usedMax = new AtomicLong();

        List<Object> answers = await(Flux.fromIterable(routes)
                .flatMap(
                        route -> cache.get(route)
                                .<Object>map(Context::length)
                                .onErrorResume(error -> Mono.just(FailureException.failureOf(error)))
                                .doOnNext(any -> usedMax.accumulateAndGet(
                                        proxied.budget().used(), Math::max)),
                        30)
                .collectList());

        assertThat(usedMax.get()).isLessThanOrEqualTo(BOUNDS.inFlightBytesMax());
        assertThat(answers).hasSize(30).contains(700_000L).allSatisfy(answer -> {
            if (answer instanceof Failure failure) {
                assertThat(failure.kind()).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
                assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(1));
            } else {
                assertThat(answer).isEqualTo(700_000L);
            }
        });
        await().until(() -> proxied.budget().used() == 0);
    }

    @Test
    void aContextReadAfterItLeftTheCacheIsChargedUntilItsReaderHasGone() {
        await(direct.contexts()
                .put(tenant, SecurityMode.NODE_BASED, "a/b", Flux.just(ByteBuffer.allocate(300_000)), 1));
        Context context = await(cache.get(route(1)));
        BaseSubscriber<ByteBuffer> slow = slowReader();
        context.bytes(0, 300_000).subscribe(slow);
        // It is given out while its rest is still coming, and is the cache's when all has come.
        await().until(() -> proxied.budget().used() == 0);

        cache.flush(new FlushScope.All());
        assertThat(proxied.budget().used()).isEqualTo(300_000);

        slow.cancel();
        assertThat(proxied.budget().used()).isZero();
    }

    @Test
    void aContextThatTheCacheHasNoRoomForIsSharedWhileItIsRead() {
        cache = cache(new CacheConfig(100_000, Duration.ofSeconds(30), Duration.ofHours(1), Duration.ofSeconds(5)));
        BaseSubscriber<ByteBuffer> slow = slowReader();
        Context context = readWhileItComes(900_000, slow);
        await().until(() -> cache.isAtHand(route(1)) && proxied.budget().used() == 900_000);

        assertThat(await(cache.get(route(1)))).isSameAs(context);
        assertThat(proxy.gets()).isEqualTo(1);
        assertThat(cache.cachedBytes()).isZero();

        slow.cancel();
        assertThat(cache.isAtHand(route(1))).isFalse();
        assertThat(bytes(await(cache.get(route(1))))).hasSize(900_000);
        assertThat(proxy.gets()).isEqualTo(2);
        await().until(() -> proxied.budget().used() == 0);
    }

    @Test
    void aFlushForgetsWhatIsStillRead() {
        cache = cache(new CacheConfig(100_000, Duration.ofSeconds(30), Duration.ofHours(1), Duration.ofSeconds(5)));
        BaseSubscriber<ByteBuffer> slow = slowReader();
        Context context = readWhileItComes(900_000, slow);
        await().until(() -> cache.isAtHand(route(1)) && proxied.budget().used() == 900_000);

        assertThat(cache.flush(new FlushScope.OneTenant(tenant))).isEqualTo(1);

        assertThat(cache.isAtHand(route(1))).isFalse();
        assertThat(await(cache.get(route(1)))).isNotSameAs(context);
        slow.cancel();
        await().until(() -> proxied.budget().used() == 0);
    }

    @Test
    void aContextIsGivenOutWhileItsRestIsStillComingAndWhoComesThenJoins() {
        byte[] content = putRandom(900_000);
        proxy.pauseAfter(500_000);

        Context first = await(cache.get(route(1)));
        ByteBuffer begun = await(Flux.from(first.bytes(0, first.length())).next());
        Context second = await(cache.get(route(1)));
        assertThat(second).isSameAs(first);
        assertThat(begun).isEqualTo(ByteBuffer.wrap(content, 0, begun.remaining()));
        assertThat(await(Flux.from(second.bytes(70_000, 70_010)).next()))
                .isEqualTo(ByteBuffer.wrap(content, 70_000, 10));
        assertThat(cache.cachedBytes()).isZero();
        assertThat(proxied.budget().used()).isPositive();
        List<Mono<byte[]>> reading = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            reading.add(begun(Mono.fromCallable(() -> bytes(first)).subscribeOn(Schedulers.boundedElastic())));
        }

        proxy.speak();

        assertThat(reading).allSatisfy(one -> assertThat(await(one)).isEqualTo(content));
        assertThat(proxy.gets()).isEqualTo(1);
        await().until(() -> cache.cachedBytes() > 900_000 && proxied.budget().used() == 0);
        assertThat(await(cache.get(route(1)))).isSameAs(first);
    }

    @Test
    void aLargeContextThatTurnsOutDamagedBreaksOffAndIsNeitherKeptNorTakenForTheNetwork() {
        putRandom(900_000);
        damageFromTheEnd(10);

        Context context = await(cache.get(route(1)));
        StepVerifier.create(Flux.from(context.bytes(0, context.length())).then())
                .expectErrorSatisfies(error ->
                        assertThat(FailureException.failureOf(error).kind()).isEqualTo(FailureKind.CONTEXT_UNREADABLE))
                .verify(Duration.ofSeconds(30));

        await().until(() -> proxied.budget().used() == 0);
        assertThat(cache.cachedBytes()).isZero();
        assertThat(registry.get("context.unreadable")
                        .tag("reason", "not_authentic")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aSmallContextThatIsDamagedIsRefusedBeforeAnyOfItIsGivenOut() {
        putRandom(100_000);
        damageFromTheEnd(10);

        assertFails(cache.get(route(1)), FailureKind.CONTEXT_UNREADABLE);
        assertThat(proxied.budget().used()).isZero();
    }

    @Test
    void aThousandSlowReadersOfOneContextShareItsMemory() {
        putRandom(1_000_000);
        proxy.pauseAfter(400_000);
        Context context = await(cache.get(route(1)));
        long before = proxied.budget().used();
        List<BaseSubscriber<ByteBuffer>> slow = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            BaseSubscriber<ByteBuffer> reader = slowReader();
            context.bytes(0, context.length()).subscribe(reader);
            slow.add(reader);
        }
        assertThat(proxied.budget().used()).isEqualTo(before).isLessThanOrEqualTo(2_000_000);
        proxy.speak();
        await().until(() -> cache.cachedBytes() > 0 && proxied.budget().used() == 0);

        cache.flush(new FlushScope.All());
        assertThat(proxied.budget().used()).isEqualTo(1_000_000);
        slow.forEach(BaseSubscriber::cancel);
        assertThat(proxied.budget().used()).isZero();
    }

    /** Reads one chunk, and no more until it is cancelled. */
    private static BaseSubscriber<ByteBuffer> slowReader() {
        return new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                subscription.request(1);
            }
        };
    }

    /** One that nobody reads when it is whole is gone, where there is no room for it. */
    private Context readWhileItComes(int length, BaseSubscriber<ByteBuffer> reader) {
        putRandom(length);
        proxy.pauseAfter(length / 2);
        Context context = await(cache.get(route(1)));
        context.bytes(0, length).subscribe(reader);
        proxy.speak();
        return context;
    }

    private byte[] putRandom(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        await(direct.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", Flux.just(ByteBuffer.wrap(content)), 1));
        return content;
    }

    private void damageFromTheEnd(int offset) {
        direct.damage(tenant, offset);
    }

    private S3ContextCache cache(CacheConfig config) {
        return cache(config, Optional.empty());
    }

    private S3ContextCache cache(CacheConfig config, Optional<DiskBlobs> disk) {
        return new S3ContextCache(proxied.contexts(), proxied.budget(), disk, config, registry, nanos::get);
    }

    private S3Config impatient() {
        return Blobs.s3(S3, proxy.address(), BUCKET);
    }

    private double counted(String outcome) {
        return registry.get("context.cache.requests")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private void put(String text) {
        await(direct.contexts()
                .put(tenant, SecurityMode.NODE_BASED, "text/plain", Flux.just(StandardCharsets.UTF_8.encode(text)), 1));
    }

    private TenantRoute route(long version) {
        return route(version, SecurityMode.NODE_BASED, 1);
    }

    private TenantRoute route(long version, SecurityMode mode, long epoch) {
        return route(tenant, version, mode, epoch, Tier.A);
    }

    private static TenantRoute route(TenantId id, long version, SecurityMode mode, long epoch, Tier tier) {
        return new TenantRoute(
                id, tier, TenantStatus.ACTIVE, mode, Residency.COLD, null, epoch, "default", null, null, version);
    }

    private static void assertFails(Mono<?> call, FailureKind kind) {
        StepVerifier.create(call)
                .expectErrorSatisfies(
                        error -> assertThat(FailureException.failureOf(error).kind())
                                .as("%s", error)
                                .isEqualTo(kind))
                .verify(Duration.ofSeconds(30));
    }

    /** Subscribed now, for whoever waits later. */
    private static <T> Mono<T> begun(Mono<T> work) {
        Mono<T> begun = work.cache();
        begun.subscribe(value -> {}, error -> {});
        return begun;
    }

    private static String text(Context context) {
        return new String(bytes(context), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Context context) {
        ByteBuffer all = await(Flux.from(context.bytes(0, context.length()))
                .reduceWith(() -> ByteBuffer.allocate((int) context.length()), ByteBuffer::put));
        return all.array();
    }
}
