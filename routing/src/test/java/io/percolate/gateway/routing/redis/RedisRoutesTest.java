package io.percolate.gateway.routing.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.percolate.gateway.fixtures.RedisFixture;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.directory.SharedRoutes.Shared;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Against a real Redis. */
class RedisRoutesTest {
    private final String prefix = "test-" + UUID.randomUUID();
    private final RedisNode node = RedisNode.start(RedisFixture.shared(), prefix);
    private final RedisClient client = RedisClient.create(RedisFixture.shared());
    private final StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
    private final RedisCommands<byte[], byte[]> redis = connection.sync();
    private final TenantId tenant = Tenants.fresh();

    @AfterEach
    void close() {
        node.close();
        connection.close();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    @Test
    void whatOneGatewayLoadsAnotherFinds() {
        try (RedisNode other = RedisNode.start(RedisFixture.shared(), prefix)) {
            TenantId unshared = Tenants.fresh();
            node.offer(Samples.hot(tenant, 7));
            assertThat(node.foundVersion(tenant)).isEqualTo(7);

            List<Shared> found = other.find(unshared, tenant);

            assertThat(found).singleElement().satisfies(one -> {
                assertThat(one.lookup()).isEqualTo(new RouteLookup.Known(Samples.hot(tenant, 7)));
                assertThat(one.age()).isBetween(Duration.ZERO, RedisNode.PATIENCE);
            });
            assertThat(other.count("router.redis.routes", "hit")).isEqualTo(1);
            assertThat(other.count("router.redis.routes", "miss")).isEqualTo(1);
        }
    }

    /** The callers are threads on which BlockHound lets nothing block. */
    @Test
    void manyAreFoundAtOnceFromEventLoops() {
        List<TenantId> tenants = LongStream.range(0, 2_000)
                .mapToObj(version -> {
                    TenantId one = Tenants.fresh();
                    node.offer(Samples.cold(one, version));
                    return one;
                })
                .toList();

        List<Shared> found = Flux.fromIterable(tenants)
                .flatMap(one -> node.routes.find(List.of(one)).subscribeOn(Schedulers.parallel()), 64)
                .flatMapIterable(some -> some)
                .collectList()
                .block(RedisNode.PATIENCE);

        assertThat(found).hasSize(2_000);
    }

    @Test
    void anOlderVersionNeverReplacesANewerOneInAnyOrder() {
        long seed = System.nanoTime();
        // Beyond what Lua's numbers hold exactly.
        long base = (1L << 53) + 1;
        List<Long> versions = new Random(seed)
                .longs(200, 0, 50)
                .map(version -> base + version)
                .boxed()
                .toList();
        long newest = -1;
        for (long version : versions) {
            newest = Math.max(newest, version);
            node.offer(Samples.cold(tenant, version));
            assertThat(node.foundVersion(tenant)).as("seed %s", seed).isEqualTo(newest);
        }
    }

    @Test
    void aChangeThatWasHeardHidesWhatIsOlderUntilTheNewVersionIsLoaded() {
        node.offer(Samples.cold(tenant, 7));
        node.routes.changed(tenant, 9);
        assertThat(node.foundVersion(tenant)).isEqualTo(-1);
        assertThat(node.count("router.redis.routes", "outdated")).isEqualTo(1);

        node.offer(Samples.cold(tenant, 8));
        assertThat(node.foundVersion(tenant)).isEqualTo(-1);
        node.offer(Samples.cold(tenant, 9));
        assertThat(node.foundVersion(tenant)).isEqualTo(9);
        node.routes.changed(tenant, 9);
        assertThat(node.foundVersion(tenant)).isEqualTo(9);
        node.routes.offer(List.of(new RouteLookup.Unknown(tenant, 10)));
        assertThat(node.foundVersion(tenant)).isEqualTo(-1);
    }

    @Test
    void whatNoGatewaySealedForThisTenantIsAMissAndIsCounted() {
        TenantId other = Tenants.fresh();
        node.offer(Samples.hot(other, 7));
        assertThat(node.foundVersion(other)).isEqualTo(7);

        redis.set(key(tenant), redis.get(key(other)));
        assertThat(node.find(tenant)).isEmpty();
        redis.set(key(tenant), new byte[20 << 20]);
        assertThat(node.find(tenant)).isEmpty();
        redis.set(key(tenant), "nonsense".getBytes(StandardCharsets.UTF_8));
        assertThat(node.find(tenant)).isEmpty();
        assertThat(node.count("router.redis.routes", "unsealed")).isEqualTo(3);

        // Sealed for this key, by a gateway that has lost its mind.
        Seal seal = new Seal(new Secret(RedisNode.SEAL));
        byte[] wrong = RouteCodec.encode(Samples.hot(other, 7), node.history.known(), System.currentTimeMillis());
        redis.set(key(tenant), seal.seal(key(tenant), wrong));
        assertThat(node.find(tenant)).isEmpty();
        redis.set(key(tenant), seal.seal(key(tenant), new byte[40]));
        assertThat(node.find(tenant)).isEmpty();
        assertThat(node.count("router.redis.routes", "unreadable")).isEqualTo(2);

        redis.del(key(tenant));
        redis.lpush(key(tenant), new byte[1]);
        assertThat(node.find(tenant)).isEmpty();
        assertThat(node.link.isUp()).isTrue();
    }

    @Test
    void versionsOfAnotherDatabaseCountForNothing() {
        try (RedisNode restored = RedisNode.start(RedisFixture.shared(), prefix)) {
            node.offer(Samples.cold(tenant, 900));
            assertThat(node.foundVersion(tenant)).isEqualTo(900);
            assertThat(restored.foundVersion(tenant)).isEqualTo(900);

            restored.history.learn("7000000000000000000:00000002");

            assertThat(restored.foundVersion(tenant)).isEqualTo(-1);
            restored.offer(Samples.cold(tenant, 3));
            assertThat(restored.foundVersion(tenant)).isEqualTo(3);
            assertThat(node.foundVersion(tenant)).isEqualTo(-1);
        }
    }

    @Test
    void whatIsOldOrFromTheFutureIsNotTaken() {
        node.offer(Samples.cold(tenant, 7));
        assertThat(node.foundVersion(tenant)).isEqualTo(7);
        try (RedisNode late = at(Duration.ofHours(25));
                RedisNode early = at(Duration.ofHours(-1))) {
            assertThat(late.foundVersion(tenant)).isEqualTo(-1);
            assertThat(early.foundVersion(tenant)).isEqualTo(-1);
        }
    }

    private RedisNode at(Duration offset) {
        Clock clock = Clock.fixed(Instant.now().plus(offset), ZoneOffset.UTC);
        RedisNode shifted = RedisNode.begin(RedisFixture.shared(), prefix, clock);
        shifted.awaitUp();
        return shifted;
    }

    @Test
    void aFlushTakesNothingBackFromRedis() {
        TenantId other = Tenants.fresh();
        node.offer(Samples.cold(tenant, 7));
        node.offer(Samples.cold(other, 7));

        node.routes.flush(new FlushScope.OneTenant(tenant));
        assertThat(node.foundVersion(tenant)).isEqualTo(-1);
        assertThat(node.foundVersion(other)).isEqualTo(7);
        node.routes.flush(new FlushScope.OneTier(Tier.B));
        assertThat(node.foundVersion(other)).isEqualTo(7);
        node.routes.flush(new FlushScope.OneTier(Tier.A));
        assertThat(node.foundVersion(other)).isEqualTo(-1);
    }

    @Test
    void aFlushOfAllTakesNothingBackFromRedis() {
        node.offer(Samples.cold(tenant, 7));

        node.routes.flush(new FlushScope.All());

        assertThat(node.foundVersion(tenant)).isEqualTo(-1);
    }

    @Test
    void aChangeIsToldOnceHoweverManyGatewaysHearIt() {
        try (RedisNode second = RedisNode.start(RedisFixture.shared(), prefix);
                RedisNode listener = RedisNode.start(RedisFixture.shared(), prefix)) {
            HeardChanges heard = new HeardChanges();
            listener.routes.listen(heard);
            awaitListening(heard);
            int before = heard.of(tenant).size();

            node.routes.changed(tenant, 5);
            second.routes.changed(tenant, 5);
            assertThat(second.foundVersion(tenant)).isEqualTo(-1);
            node.routes.changed(tenant, 6);

            await().atMost(RedisNode.PATIENCE).until(() -> heard.of(tenant).contains(6L));
            assertThat(heard.of(tenant).subList(before, heard.of(tenant).size()))
                    .containsExactly(5L, 6L);
            assertThat(node.count("router.redis.news.published") + second.count("router.redis.news.published"))
                    .isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void aForgedMessageIsNotHeard() {
        HeardChanges heard = new HeardChanges();
        node.routes.listen(heard);
        awaitListening(heard);
        byte[] channel = (prefix + ":routes").getBytes(StandardCharsets.US_ASCII);
        byte[] news = new RouteMessage(node.history.known(), tenant, Long.MAX_VALUE).encode();

        redis.publish(channel, news);
        redis.publish(channel, new Seal(new Secret("x".repeat(32))).seal(channel, news));
        redis.publish(channel, new Seal(new Secret(RedisNode.SEAL)).seal(channel, new byte[12]));

        await().atMost(RedisNode.PATIENCE).until(() -> node.count("router.redis.news.refused") == 3);
        assertThat(heard.of(tenant)).isEmpty();
    }

    /** Changes of a tenant nobody cares about, until one arrives. */
    private void awaitListening(HeardChanges heard) {
        TenantId probe = Tenants.fresh();
        long[] version = {0};
        await().atMost(RedisNode.PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            node.routes.changed(probe, ++version[0]);
            return !heard.of(probe).isEmpty();
        });
    }

    private byte[] key(TenantId of) {
        return (prefix + ":route:" + of).getBytes(StandardCharsets.US_ASCII);
    }
}
