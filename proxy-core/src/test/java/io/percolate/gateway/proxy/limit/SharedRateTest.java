package io.percolate.gateway.proxy.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.RedisServer;
import io.percolate.gateway.proxy.limit.Limiters.Client;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.redis.RedisConfig;
import io.percolate.gateway.routing.redis.RedisLink;
import io.percolate.gateway.routing.redis.RedisQuotas;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two gateways and one tenant's rate, by a real Redis, and by its absence. */
class SharedRateTest {
    private static final long RATE = 1_000;
    private static final long BURST = 100;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(300);
    private static RedisServer redis;

    @BeforeAll
    static void start() {
        redis = RedisServer.start();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    /** One gateway's way to Redis, and its limiter. */
    private static final class Gateway implements AutoCloseable {
        final RedisLink link;
        final Client client;

        Gateway() {
            RedisConfig config = RedisConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                    "GATEWAY_REDIS_URL", redis.url(),
                    "GATEWAY_REDIS_SEAL_SECRET", "0123456789abcdef0123456789abcdef",
                    "GATEWAY_REDIS_DEADLINE", "200ms"))));
            link = RedisLink.open(config, new SimpleMeterRegistry());
            client = new Client(Limiters.of(new RedisQuotas(link, config), () -> 2));
        }

        Gateway up() {
            await().atMost(Duration.ofSeconds(20)).until(link::isUp);
            return this;
        }

        @Override
        public void close() {
            link.close().block(Duration.ofSeconds(5));
        }
    }

    /** What was let in, and for how long there were requests. */
    private record Run(long first, long second, double seconds) {
        long both() {
            return first + second;
        }
    }

    /**
     * Sends some 3,000 requests a second to both, the first getting so many times the second's. Time in which the machine
     * let nothing be sent is left out, as far as the burst does not make up for it.
     */
    private static Run send(Gateway first, Gateway second, TenantRoute route, int ratio, Duration length) {
        long[] let = new long[2];
        long begin = System.nanoTime();
        long last = begin;
        long lost = 0;
        for (int i = 0; last - begin < length.toNanos(); i++) {
            LockSupport.parkNanos(PAUSE_NANOS);
            long now = System.nanoTime();
            lost += Math.max(0, now - last - Duration.ofMillis(10).toNanos());
            last = now;
            boolean toFirst = i % (ratio + 1) != 0;
            for (int each = 0; each < 2; each++) {
                if ((toFirst ? first : second).client.sends(route, now)) {
                    let[toFirst ? 0 : 1]++;
                }
            }
        }
        return new Run(let[0], let[1], (last - begin - lost) / 1e9);
    }

    @Test
    void twoGatewaysShareARateWithinFivePercent() {
        try (Gateway first = new Gateway().up();
                Gateway second = new Gateway().up()) {
            TenantRoute route = Limiters.route(UUID.randomUUID(), Limiters.rate(RATE, BURST));

            Run even = send(first, second, route, 1, Duration.ofSeconds(1));

            assertThat(even.both() - BURST)
                    .isBetween((long) (RATE * even.seconds() * 0.95), (long) (RATE * even.seconds() * 1.05) + 1);

            Run uneven = send(first, second, route, 9, Duration.ofSeconds(1));

            assertThat((double) uneven.both())
                    .isBetween(RATE * uneven.seconds() * 0.95, RATE * uneven.seconds() * 1.05 + BURST);
            // Who has few requests does not keep the rest from who has many.
            assertThat(uneven.first()).isGreaterThan((long) (RATE * uneven.seconds() * 0.45));
        }
    }

    @Test
    void withoutRedisEachHasItsPartAndNoBurstComesWhenItIsBack() {
        try (Gateway first = new Gateway().up();
                Gateway second = new Gateway().up()) {
            TenantRoute route = Limiters.route(UUID.randomUUID(), Limiters.rate(RATE, BURST));
            Run before = send(first, second, route, 1, Duration.ofMillis(400));

            redis.stop();
            await().atMost(Duration.ofSeconds(20)).until(() -> !first.link.isUp() && !second.link.isUp());
            Run away = send(first, second, route, 1, Duration.ofMillis(500));
            redis.restart();
            first.up();
            second.up();
            Run back = send(first, second, route, 1, Duration.ofMillis(500));

            assertThat(before.both()).isGreaterThan(BURST);
            // Of the whole of it, twice is the bound; a burst that was left when Redis went counts once.
            assertThat((double) away.both())
                    .isBetween(RATE * away.seconds() * 0.8, RATE * away.seconds() * 1.1 + BURST);
            assertThat((double) away.first()).isLessThan(RATE * away.seconds() * 0.6 + BURST / 2.0);
            assertThat((double) back.both())
                    .isBetween(RATE * back.seconds() * 0.8, RATE * back.seconds() * 1.1 + BURST);
        }
    }

    @Test
    void aTenantOfFewRequestsIsHardlyEverAskedAbout() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        RedisConfig config = RedisConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_REDIS_URL", redis.url(), "GATEWAY_REDIS_SEAL_SECRET", "0123456789abcdef0123456789abcdef"))));
        RedisLink link = RedisLink.open(config, meters);
        try {
            await().atMost(Duration.ofSeconds(20)).until(link::isUp);
            Client client = new Client(Limiters.of(new RedisQuotas(link, config), () -> 2));
            for (int i = 0; i < 1_000; i++) {
                TenantRoute route = Limiters.route(new UUID(i, 1), Limiters.rate(RATE, BURST));
                assertThat(client.sends(route, System.nanoTime())).isTrue();
            }

            assertThat(meters.get("router.redis.commands")
                            .tag("outcome", "answered")
                            .counter()
                            .count())
                    .isZero();
        } finally {
            link.close().block(Duration.ofSeconds(5));
        }
    }
}
