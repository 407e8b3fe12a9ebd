package io.percolate.gateway.admin.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.lifecycle.Places.Group;
import io.percolate.gateway.admin.lifecycle.Places.Pod;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacesTest {
    private static final Group HERE = new Group(Tier.A, "here");
    private static final Group THERE = new Group(Tier.A, "there");

    @Test
    void nobodyLeavesWhileThereIsRoom() {
        assertThat(new Places(List.of(pod("a", HERE, 10, 9, 0)), Map.of()).needs(10))
                .isEmpty();
        assertThat(new Places(List.of(pod("a", HERE, 10, 10, 0)), Map.of()).needs(0))
                .isEmpty();
        assertThat(new Places(List.of(), Map.of(HERE, 5)).needs(10)).isEmpty();
    }

    @Test
    void theShareThatIsKeptFreeIsRoundedUpAndCountsWhoLeavesAlready() {
        List<Pod> pods = List.of(pod("a", HERE, 8, 8, 0), pod("b", HERE, 8, 8, 1), pod("c", THERE, 8, 2, 0));

        assertThat(new Places(pods, Map.of()).needs(10)).containsExactly(new Places.OfGroup(Tier.A, "here", 1));
    }

    @Test
    void whoWaitsCountsForMoreThanTheShareWhereTheyWait() {
        List<Pod> pods = List.of(pod("a", HERE, 8, 8, 0), pod("c", THERE, 8, 8, 0));

        assertThat(new Places(pods, Map.of(THERE, 5)).needs(10))
                .containsExactlyInAnyOrder(
                        new Places.OfGroup(Tier.A, "here", 1), new Places.OfGroup(Tier.A, "there", 5));
    }

    @Test
    void aPodWhoseCapacityWasLoweredIsRelievedByItself() {
        assertThat(new Places(List.of(pod("a", HERE, 4, 8, 1), pod("b", HERE, 100, 0, 0)), Map.of()).needs(0))
                .containsExactly(new Places.OfPod(Tier.A, "a", 3));
    }

    private static Pod pod(String id, Group group, int capacity, int taken, int leaving) {
        return new Pod(id, group, capacity, taken, leaving, taken);
    }
}
