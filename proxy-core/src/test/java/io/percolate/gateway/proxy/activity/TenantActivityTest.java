package io.percolate.gateway.proxy.activity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.Timelines;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class TenantActivityTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ScriptedStore store = new ScriptedStore();
    private long nowNanos = seconds(100);

    @Test
    void writesEachTenantOnceWithItsLatestAccess() {
        TenantActivity activity = activity(10);
        served(activity, 1, seconds(90));
        served(activity, 2, seconds(95));
        served(activity, 1, seconds(99));

        assertThat(activity.flush().block()).isEqualTo(2);

        assertThat(store.batches)
                .containsExactly(Map.of(tenant(1), Duration.ofSeconds(1), tenant(2), Duration.ofSeconds(5)));
        assertThat(registry.counter("router.activity.written").count()).isEqualTo(2);
    }

    @Test
    void aRequestThatGoesOnForLongIsActivityMeanwhile() {
        TenantActivity activity = activity(10);
        RequestTimeline under = Timelines.answeredByPod();
        under.tenant = tenant(1);
        under.completedNanos = 0;
        activity.goesOn(under);

        assertThat(activity.flush().block()).isOne();

        assertThat(store.batches).containsExactly(Map.of(tenant(1), Duration.ZERO));
    }

    @Test
    void asksTheStoreForNothingWhenNobodyCame() {
        assertThat(activity(10).flush().block()).isZero();
        assertThat(store.batches).isEmpty();
    }

    @Test
    void countsOnlyWhoWasServed() {
        TenantActivity activity = activity(10);
        RequestTimeline refused = Timelines.answeredByPod();
        refused.answeredBy = AnsweredBy.GATEWAY;
        RequestTimeline anonymous = Timelines.answeredByPod();
        anonymous.tenant = null;
        activity.completed(refused);
        activity.completed(anonymous);

        activity.flush().block();

        assertThat(store.batches).isEmpty();
    }

    @Test
    void keepsWhatCouldNotBeWrittenForTheNextTimeAndPrefersNewerAccesses() {
        TenantActivity activity = activity(10);
        store.script.add(Mono.error(new IllegalStateException("down")));
        served(activity, 1, seconds(90));
        served(activity, 2, seconds(90));

        assertThat(activity.flush().block()).isZero();
        served(activity, 2, seconds(100));
        activity.flush().block();

        assertThat(registry.counter("router.activity.failures").count()).isEqualTo(1);
        assertThat(store.batches.getLast())
                .isEqualTo(Map.of(tenant(1), Duration.ofSeconds(10), tenant(2), Duration.ZERO));
        assertThat(store.script).isEmpty();
    }

    @Test
    void leavesOutAndCountsTenantsBeyondItsBound() {
        TenantActivity activity = activity(3);
        for (int i = 0; i < 5; i++) {
            served(activity, i, seconds(90));
        }
        served(activity, 0, seconds(91));

        activity.flush().block();

        assertThat(store.batches.getFirst()).hasSize(3);
        assertThat(registry.counter("router.activity.dropped").count()).isEqualTo(2);
    }

    @Test
    void partsManyTenantsIntoSeveralStatements() {
        TenantActivity activity = activity(100_000);
        for (int i = 0; i < 25_000; i++) {
            served(activity, i, seconds(90));
        }

        assertThat(activity.flush().block()).isEqualTo(25_000);

        assertThat(store.batches).extracting(Map::size).containsExactly(10_000, 10_000, 5_000);
    }

    @Test
    void writesByItselfAndOnceMoreWhenStopped() {
        TenantActivity activity = new TenantActivity(
                        new ActivityConfig(Duration.ofMillis(100), 10), store, registry, () -> nowNanos)
                .start();
        served(activity, 1, seconds(90));
        await().until(() -> store.batches.size() == 1);

        served(activity, 2, seconds(90));
        activity.stop().block();

        assertThat(store.batches.stream().flatMap(batch -> batch.keySet().stream()))
                .contains(tenant(1), tenant(2));
    }

    @Test
    void pinsDefaultsAndMapsEveryKey() {
        assertThat(ActivityConfig.read(new ConfigReader(ConfigSource.of(Map.of()))))
                .isEqualTo(new ActivityConfig(Duration.ofSeconds(5), 100_000));
        assertThat(ActivityConfig.read(new ConfigReader(ConfigSource.of(
                        Map.of("GATEWAY_OPS_ACTIVITY_INTERVAL", "1s", "GATEWAY_OPS_ACTIVITY_TENANTS_MAX", "9")))))
                .isEqualTo(new ActivityConfig(Duration.ofSeconds(1), 9));
    }

    private TenantActivity activity(int tenantsMax) {
        return new TenantActivity(
                new ActivityConfig(Duration.ofSeconds(5), tenantsMax), store, registry, () -> nowNanos);
    }

    private static void served(TenantActivity activity, int tenant, long nanos) {
        RequestTimeline timeline = Timelines.answeredByPod();
        timeline.tenant = tenant(tenant);
        timeline.completedNanos = nanos;
        activity.completed(timeline);
    }

    private static TenantId tenant(int number) {
        return new TenantId(new UUID(0, number));
    }

    private static long seconds(int seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    /** Answers by its script while there is one, then takes everything. */
    private static final class ScriptedStore implements ActivityStore {
        private final List<Map<TenantId, Duration>> batches = new CopyOnWriteArrayList<>();
        private final Deque<Mono<Long>> script = new ArrayDeque<>();

        @Override
        public Mono<Long> touch(Map<TenantId, Duration> ages) {
            batches.add(ages);
            Mono<Long> scripted = script.poll();
            return scripted == null ? Mono.just((long) ages.size()) : scripted;
        }
    }
}
