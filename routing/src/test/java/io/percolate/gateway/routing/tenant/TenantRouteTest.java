package io.percolate.gateway.routing.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TenantRouteTest {
    private static final TenantId TENANT = TenantId.of("6f1c3a52-58a5-4d0a-9a4e-0f0d6cbb8a01");
    private static final PodAddress ADDRESS = new PodAddress("10.0.0.1", 8000);

    private static Placement placement(Tier tier) {
        return new Placement(new PodId("pod-1"), tier, ADDRESS, 1);
    }

    private static TenantRoute route(Residency residency, @Nullable Placement placement) {
        return new TenantRoute(
                TENANT,
                Tier.A,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                residency,
                placement,
                1,
                "eu",
                null,
                null,
                1);
    }

    @Test
    void aHotTenantIsPlaced() {
        assertThatIllegalArgumentException().isThrownBy(() -> route(Residency.HOT, null));
        assertThat(route(Residency.COLD, null).placement()).isNull();
    }

    @Test
    void isMisplacedWhileHotInAPodOfAnotherTier() {
        assertThat(route(Residency.HOT, placement(Tier.C)).isMisplaced()).isTrue();
        assertThat(route(Residency.HOT, placement(Tier.A)).isMisplaced()).isFalse();
        assertThat(route(Residency.WARM, placement(Tier.C)).isMisplaced()).isFalse();
        assertThat(route(Residency.COLD, null).isMisplaced()).isFalse();
    }

    @Test
    void addressesPodsAndEpochsAreChecked() {
        assertThatIllegalArgumentException().isThrownBy(() -> new PodAddress(" ", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new PodAddress("pod", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new PodAddress("pod", 65_536));
        assertThatIllegalArgumentException().isThrownBy(() -> new PodId(""));
        assertThatIllegalArgumentException().isThrownBy(() -> new PodId("p".repeat(256)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Placement(new PodId("pod-1"), Tier.A, ADDRESS, 0));
        assertThat(ADDRESS).hasToString("10.0.0.1:8000");
        assertThat(new PodAddress("fd00::1", 8000)).hasToString("[fd00::1]:8000");
    }
}
