package io.percolate.gateway.routing.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.fixtures.RedisServer;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Redis goes away, falls silent, and comes back, while it is asked all the time. */
class RedisOutageTest {
    /** Far above the deadline of 50 ms, and far below a wait for Redis itself. */
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    @Test
    void killedPausedAndRestartedUnderLoadNobodyWaitsAndNothingFails() {
        try (RedisServer server = RedisServer.start();
                RedisNode node = RedisNode.start(server.url(), "test", "GATEWAY_REDIS_DEADLINE", "50ms")) {
            TenantId tenant = Tenants.fresh();
            node.offer(Samples.cold(tenant, 7));
            AtomicInteger errors = new AtomicInteger();
            AtomicInteger answers = new AtomicInteger();
            AtomicLong longestNanos = new AtomicLong();
            Disposable load = Flux.range(0, 8)
                    .flatMap(lane -> Mono.defer(() -> {
                                long begin = System.nanoTime();
                                return node.routes.find(List.of(tenant)).doOnNext(found -> {
                                    answers.incrementAndGet();
                                    longestNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
                                });
                            })
                            .delaySubscription(Duration.ofMillis(1), Schedulers.parallel())
                            .repeat())
                    .subscribe(found -> {}, error -> errors.incrementAndGet());
            awaitHits(node);

            server.pause();
            node.awaitDown();
            double asked = node.count("router.redis.commands", "timeout");
            awaitSkips(node, 200);
            // Nobody but the probe asks a silent Redis again.
            assertThat(node.count("router.redis.commands", "timeout") - asked).isLessThanOrEqualTo(8);
            server.resume();
            node.awaitUp();
            awaitHits(node);

            server.stop();
            node.awaitDown();
            awaitSkips(node, 200);
            assertThat(node.link.status().detail()).contains("is not asked");

            server.restart();
            node.awaitUp();
            node.offer(Samples.cold(tenant, 7));
            awaitHits(node);

            load.dispose();
            assertThat(errors).hasValue(0);
            assertThat(answers).hasPositiveValue();
            assertThat(Duration.ofNanos(longestNanos.get())).isLessThan(WAIT_MAX);
        }
    }

    @Test
    void aRedisThatIsNotThereYetIsNotWaitedFor() {
        try (RedisServer server = RedisServer.start()) {
            server.stop();
            try (RedisNode node = RedisNode.begin(server.url(), "test", Clock.systemUTC())) {
                assertThat(node.find(Tenants.fresh())).isEmpty();
                assertThat(node.link.status().up()).isFalse();

                server.restart();

                node.awaitUp();
            }
        }
    }

    private static void awaitHits(RedisNode node) {
        double before = node.count("router.redis.routes", "hit");
        await().atMost(RedisNode.PATIENCE).until(() -> node.count("router.redis.routes", "hit") > before + 50);
    }

    /** Those asked while it is down; most do not even come to the loop. */
    private static void awaitSkips(RedisNode node, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(node.find(Tenants.fresh())).isEmpty();
        }
    }
}
