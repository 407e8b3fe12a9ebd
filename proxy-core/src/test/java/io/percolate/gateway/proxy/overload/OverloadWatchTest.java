package io.percolate.gateway.proxy.overload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class OverloadWatchTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final OverloadWatch watch = new OverloadWatch(config(Map.of()));
    private long nowNanos;

    private static OverloadConfig config(Map<String, String> settings) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(settings));
        OverloadConfig config = OverloadConfig.read(reader);
        reader.finish();
        return config;
    }

    private OverloadStage after(double heap) {
        nowNanos += SECOND;
        watch.look(List.of(new ResourceGauge(Resource.HEAP, now -> heap)), nowNanos);
        return watch.stage();
    }

    @Test
    void stagesBeginOneAfterTheOtherAndEndOnlyClearlyBelow() {
        assertThat(after(0.89)).isEqualTo(OverloadStage.CALM);
        assertThat(after(0.90)).isEqualTo(OverloadStage.CLOSING);
        assertThat(after(0.92)).isEqualTo(OverloadStage.REFUSING);
        assertThat(after(0.941)).isEqualTo(OverloadStage.SHEDDING_C);
        assertThat(after(0.961)).isEqualTo(OverloadStage.SHEDDING_B);
        assertThat(after(0.98)).isEqualTo(OverloadStage.SHEDDING_A);
        assertThat(after(0.90)).as("a tenth below is not clear").isEqualTo(OverloadStage.SHEDDING_A);
        assertThat(after(0.84)).isEqualTo(OverloadStage.REFUSING);
        assertThat(after(0.50)).isEqualTo(OverloadStage.CALM);
        assertThat(watch.enteredCount(OverloadStage.SHEDDING_A)).isEqualTo(1);
        assertThat(watch.detail()).isEqualTo("calm: heap 50 %");
    }

    @Test
    void aStageLastsForAMomentThoughWhatItRelievesIsGoneAtOnce() {
        after(0.99);
        nowNanos -= SECOND * 9 / 10;

        assertThat(after(0.1)).isEqualTo(OverloadStage.SHEDDING_A);
        assertThat(after(0.1)).isEqualTo(OverloadStage.CALM);
    }

    @Test
    void lowerTiersAreShedFirstAndCounted() {
        after(0.95);
        assertThat(watch.sheds(Tier.C)).isTrue();
        assertThat(watch.sheds(Tier.B)).isFalse();
        after(0.97);
        assertThat(watch.sheds(Tier.B)).isTrue();
        assertThat(watch.sheds(Tier.A)).isFalse();
        after(0.99);
        assertThat(watch.sheds(Tier.A)).isTrue();
        assertThat(watch.shedCount(Tier.A)).isEqualTo(1);
        assertThat(OverloadStage.SHEDDING_C.refusesConnections()).isTrue();
        assertThat(OverloadStage.CLOSING.refusesConnections()).isFalse();
        assertThat(OverloadStage.CLOSING.endsConnections()).isTrue();
    }

    @Test
    void aLoopIsLateOnceItHasBeenForSeveralLooks() throws InterruptedException {
        DefaultEventExecutor loop = new DefaultEventExecutor();
        CountDownLatch stuck = new CountDownLatch(1);
        try {
            LoopLag lag = new LoopLag(List.of(loop));
            CountDownLatch taken = new CountDownLatch(1);
            loop.execute(() -> {
                taken.countDown();
                // Busy: BlockHound ends whatever waits here, or only says that it does.
                LongAdder spins = new LongAdder();
                while (stuck.getCount() != 0) {
                    spins.increment();
                }
            });
            assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
            long began = System.nanoTime();
            List<Double> seen = new ArrayList<>();
            for (int look = 0; look < 6; look++) {
                seen.add(lag.seconds(began + look * SECOND));
            }

            // The first look only asks; the least of four counts from then on.
            assertThat(seen).containsExactly(0.0, 0.0, 0.0, 0.0, 1.0, 2.0);
        } finally {
            stuck.countDown();
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    @Test
    void theProcessIsSeen() {
        System.gc();
        for (ResourceGauge gauge : ProcessGauges.of(List.of())) {
            double use = gauge.source().use(System.nanoTime());
            assertThat(use).as("%s", gauge.resource()).isBetween(0.0, 1.0);
            if (gauge.resource() == Resource.HEAP) {
                assertThat(use).isPositive();
            }
        }
    }

    @Test
    void defaultsAreTheDocumentedOnes() {
        assertThat(config(Map.of()))
                .isEqualTo(new OverloadConfig(
                        Duration.ofMillis(100),
                        10,
                        Map.of(
                                Resource.CPU, Thresholds.OFF,
                                Resource.LOOP_LAG, new Thresholds(0.5, 2),
                                Resource.DIRECT_MEMORY, new Thresholds(0.9, 0.98),
                                Resource.HEAP, new Thresholds(0.9, 0.98)),
                        1_024,
                        Duration.ofMillis(200),
                        64L << 20));
    }

    @Test
    void everyKeyIsMapped() {
        assertThat(config(Map.ofEntries(
                        Map.entry("GATEWAY_OVERLOAD_INTERVAL", "50ms"),
                        Map.entry("GATEWAY_OVERLOAD_SLACK", "20"),
                        Map.entry("GATEWAY_OVERLOAD_CPU_FROM", "80"),
                        Map.entry("GATEWAY_OVERLOAD_CPU_TO", "95"),
                        Map.entry("GATEWAY_OVERLOAD_LAG_FROM", "100ms"),
                        Map.entry("GATEWAY_OVERLOAD_LAG_TO", "1s"),
                        Map.entry("GATEWAY_OVERLOAD_DIRECT_FROM", "70"),
                        Map.entry("GATEWAY_OVERLOAD_DIRECT_TO", "0"),
                        Map.entry("GATEWAY_OVERLOAD_HEAP_FROM", "60"),
                        Map.entry("GATEWAY_OVERLOAD_HEAP_TO", "90"),
                        Map.entry("GATEWAY_QUEUE_MAX", "7"),
                        Map.entry("GATEWAY_QUEUE_WAIT_MAX", "30ms"),
                        Map.entry("GATEWAY_QUEUE_BYTES_MAX", "2MiB"))))
                .isEqualTo(new OverloadConfig(
                        Duration.ofMillis(50),
                        20,
                        Map.of(
                                Resource.CPU, new Thresholds(0.8, 0.95),
                                Resource.LOOP_LAG, new Thresholds(0.1, 1),
                                Resource.DIRECT_MEMORY, Thresholds.OFF,
                                Resource.HEAP, new Thresholds(0.6, 0.9)),
                        7,
                        Duration.ofMillis(30),
                        2L << 20));
        assertThatThrownBy(() -> config(Map.of("GATEWAY_OVERLOAD_HEAP_FROM", "99")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("GATEWAY_OVERLOAD_HEAP_TO must not be less than GATEWAY_OVERLOAD_HEAP_FROM");
    }
}
