package io.percolate.gateway.bench.handoff.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The judge of hosts finds what it is there for. */
class HostHistoryTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 2));
    private final HostHistory history = new HostHistory();

    @Test
    void anEpochOfTwoPodsIsFound() {
        assertThat(history.acknowledged(TENANT, "a", 3, 10, 20)).isEmpty();
        assertThat(history.acknowledged(TENANT, "a", 3, 30, 40)).isEmpty();
        assertThat(history.acknowledged(new TenantId(new UUID(3, 4)), "b", 3, 30, 40))
                .isEmpty();
        assertThat(history.acknowledged(TENANT, "b", 3, 50, 60)).isPresent();
        assertThat(history.placements()).isEqualTo(2);
    }

    @Test
    void aWriteUnderAnOlderEpochThatBeganAfterOneUnderANewerHadEndedIsFound() {
        history.acknowledged(TENANT, "a", 3, 10, 20);
        history.acknowledged(TENANT, "b", 4, 30, 40);

        // It may have been made before the other.
        assertThat(history.acknowledged(TENANT, "a", 3, 39, 90)).isEmpty();
        assertThat(history.acknowledged(TENANT, "a", 3, 41, 90)).isPresent();
    }

    @Test
    void theSameIsFoundWhenItIsHeardOfInTheOtherOrder() {
        history.acknowledged(TENANT, "a", 3, 41, 50);

        assertThat(history.acknowledged(TENANT, "b", 4, 30, 45)).isEmpty();
        assertThat(history.acknowledged(TENANT, "c", 5, 30, 40)).isPresent();
    }
}
