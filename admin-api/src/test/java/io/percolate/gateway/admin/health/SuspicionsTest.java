package io.percolate.gateway.admin.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SuspicionsTest {
    private static final HealthConfig CONFIG = HealthConfig.read(new ConfigReader(ConfigSource.of(Map.of(
            "MANAGEMENT_POD_CHECK_INTERVAL", "1s",
            "MANAGEMENT_POD_LOST_AFTER", "3s",
            "MANAGEMENT_POD_LOST_PERCENT_MAX", "50"))));

    private final Suspicions suspicions = new Suspicions(CONFIG, Duration.ofSeconds(1), 0);
    private long nowNanos;

    @Test
    void aPodThatIsSilentForLongEnoughIsLostOnce() {
        List<WatchedPod> pods = pods(4);
        List<WatchedPod> silent = pods.subList(0, 1);

        assertThat(look(pods, silent)).isEmpty();
        assertThat(look(pods, silent)).isEmpty();
        assertThat(look(pods, silent)).isEmpty();
        assertThat(look(pods, silent)).isEqualTo(silent);
        assertThat(suspicions.count()).isEqualTo(1);
        List<WatchedPod> declared = List.of(lost(silent.getFirst()), pods.get(1), pods.get(2), pods.get(3));
        assertThat(look(declared, declared.subList(0, 1))).isEmpty();
    }

    @Test
    void oneAnswerClearsIt() {
        List<WatchedPod> pods = pods(4);
        List<WatchedPod> silent = pods.subList(0, 1);
        look(pods, silent);
        look(pods, silent);
        look(pods, silent);

        assertThat(look(pods, List.of())).isEmpty();
        assertThat(suspicions.count()).isZero();
        assertThat(look(pods, silent)).isEmpty();
    }

    @Test
    void aProcessThatWasPausedBeginsAnew() {
        List<WatchedPod> pods = pods(4);
        List<WatchedPod> silent = pods.subList(0, 1);
        look(pods, silent);
        look(pods, silent);
        look(pods, silent);

        nowNanos += Duration.ofMinutes(5).toNanos();

        assertThat(look(pods, silent)).isEmpty();
    }

    @Test
    void ofPodsThatFallSilentTogetherNoMoreThanTheShareIsLost() {
        List<WatchedPod> pods = pods(4);
        for (int i = 0; i < 3; i++) {
            look(pods, pods);
        }

        assertThat(look(pods, pods)).isEqualTo(pods.subList(0, 2));
        List<WatchedPod> declared = List.of(lost(pods.get(0)), lost(pods.get(1)), pods.get(2), pods.get(3));
        assertThat(look(declared, declared)).isEmpty();
    }

    @Test
    void theOnlyPodOfATierCanBeLost() {
        List<WatchedPod> pods = pods(1);
        for (int i = 0; i < 3; i++) {
            look(pods, pods);
        }

        assertThat(look(pods, pods)).isEqualTo(pods);
    }

    private List<WatchedPod> look(List<WatchedPod> pods, List<WatchedPod> silent) {
        nowNanos += Duration.ofSeconds(1).toNanos();
        return suspicions.look(pods, silent, nowNanos);
    }

    private static List<WatchedPod> pods(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new WatchedPod(
                        new PodId("b-" + i),
                        Tier.B,
                        "default",
                        new PodAddress("10.0.0.1", 8000),
                        Duration.ofSeconds(9),
                        false,
                        false))
                .toList();
    }

    private static WatchedPod lost(WatchedPod pod) {
        return new WatchedPod(pod.id(), pod.tier(), pod.region(), pod.address(), pod.heartbeatAge(), true, false);
    }
}
