package io.percolate.gateway.admin.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.scaling.ClusterPod.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GrowthTest {
    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");
    private static final Duration START_MAX = Duration.ofMinutes(3);
    private static final ScalingConfig.OfTier BOUNDS =
            new ScalingConfig.OfTier(new Workload(Workload.Kind.DEPLOYMENT, "a"), 2, 5, Duration.ZERO);

    @Test
    void asManyPodsAsThoseThatWaitNeedAndNoMore() {
        assertThat(decide(demand(2, 0, 16), 2, ready(2)).replicas()).isEqualTo(4);
        assertThat(decide(demand(2, 0, 17), 2, ready(2)).replicas()).isEqualTo(5);
        assertThat(decide(demand(2, 4, 12), 2, ready(2)).replicas()).isEqualTo(3);
    }

    @Test
    void podsThatWereAskedForAlreadyCount() {
        Growth growth = decide(demand(2, 0, 16), 4, ready(2));

        assertThat(growth.replicas()).isEqualTo(4);
        assertThat(growth.hope()).isTrue();
    }

    @Test
    void fromZeroToTheLeastAndNeverBeyondTheMost() {
        assertThat(decide(demand(0, 0, 1), 0, List.of()).replicas()).isEqualTo(2);
        assertThat(decide(demand(2, 0, 1_000), 2, ready(2)).replicas()).isEqualTo(5);
    }

    @Test
    void whatAnAutoscalerHasSetIsNeverLowered() {
        Growth growth = decide(demand(9, 0, 5), 9, ready(9));

        assertThat(growth.replicas()).isEqualTo(9);
        assertThat(growth.hope()).isFalse();
        assertThat(growth.obstacle()).map(Obstacle::refusal).contains(Refusal.MAX_REPLICAS);
    }

    @Test
    void aPodThatIsStoppedByAnObstacleIsNotFollowedByMoreOfTheSame() {
        List<ClusterPod> pods = new ArrayList<>(ready(2));
        pods.add(pod("c", Phase.STARTING, NOW, new Obstacle(Refusal.IMAGE_PULL, "no such image")));

        Growth growth = decide(demand(2, 0, 5), 3, pods);

        assertThat(growth.replicas()).isEqualTo(3);
        assertThat(growth.hope()).isFalse();
        assertThat(growth.obstacle()).map(Obstacle::refusal).contains(Refusal.IMAGE_PULL);
    }

    @Test
    void oneHealthyPodThatStartsIsHope() {
        List<ClusterPod> pods = new ArrayList<>(ready(2));
        pods.add(pod("c", Phase.STARTING, NOW, new Obstacle(Refusal.UNSCHEDULABLE, "no node")));
        pods.add(pod("d", Phase.STARTING, NOW, null));

        assertThat(decide(demand(2, 0, 5), 4, pods).hope()).isTrue();
    }

    @Test
    void aPodThatDoesNotGetReadyIsNotCountedOn() {
        List<ClusterPod> pods = new ArrayList<>(ready(2));
        pods.add(pod("c", Phase.STARTING, NOW.minus(START_MAX).minusSeconds(1), null));

        assertThat(decide(demand(2, 0, 5), 3, pods).replicas()).isEqualTo(4);
    }

    @Test
    void aPodThatIsReadyAndNotYetEnteredIsHope() {
        assertThat(decide(demand(1, 0, 5), 2, ready(2)).hope()).isTrue();
    }

    private static Growth decide(Demand demand, int current, List<ClusterPod> pods) {
        return Growth.decide(demand, current, 8, BOUNDS, pods, Optional.empty(), NOW, START_MAX);
    }

    private static Demand demand(int living, int free, int waiting) {
        return new Demand(living, living, free, 0, waiting, waiting, 0, 0);
    }

    private static List<ClusterPod> ready(int count) {
        List<ClusterPod> pods = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pods.add(pod("p-" + i, Phase.READY, NOW.minusSeconds(1_000), null));
        }
        return pods;
    }

    private static ClusterPod pod(String name, Phase phase, Instant createdAt, @Nullable Obstacle obstacle) {
        return new ClusterPod(name, name, "10.0.0.1", 8, phase, createdAt, obstacle);
    }
}
