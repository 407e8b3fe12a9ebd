package io.percolate.gateway.routing.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.placement.PlacementStrategy.KeySource;
import io.percolate.gateway.routing.stack.Settings;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.Region;
import io.percolate.gateway.routing.topology.RegionId;
import io.percolate.gateway.routing.topology.Shard;
import io.percolate.gateway.routing.topology.ShardGroup;
import io.percolate.gateway.routing.topology.ShardId;
import io.percolate.gateway.routing.topology.ShardPod;
import io.percolate.gateway.routing.topology.ShardStatus;
import io.percolate.gateway.routing.topology.Topology;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlacementsTest {
    private static final String SECRET = "a-secret-of-all-gateways-32-bytes-long";
    private static final TenantId TENANT = TenantId.of("6f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b");

    @Test
    void theDefaultsArePinned() {
        assertThat(Settings.read(PlacementConfig::read)).isEqualTo(PlacementConfig.assigned());
        assertThat(Placements.ASSIGNED.decide(route(Tier.A, "anywhere", null), null, null))
                .isSameAs(PlacementDecision.Assigned.ASSIGNED);
    }

    @Test
    void everyKeyIsMapped() {
        PlacementConfig config = Settings.read(
                PlacementConfig::read,
                "GATEWAY_PLACEMENT_TIER_A",
                "assigned",
                "GATEWAY_PLACEMENT_CANARY_TIER_A",
                "2.5% v9",
                "GATEWAY_PLACEMENT_TIER_B",
                "shard_key",
                "GATEWAY_PLACEMENT_SHARD_GROUP_TIER_B",
                "eu",
                "GATEWAY_PLACEMENT_SHARD_KEY",
                "claim",
                "GATEWAY_PLACEMENT_TIER_C",
                "service",
                "GATEWAY_PLACEMENT_SERVICE_TIER_C",
                "tier-c:8000",
                "GATEWAY_PLACEMENT_CANARY_TIER_C",
                "10% v2",
                "GATEWAY_PLACEMENT_CANARY_SERVICE_TIER_C",
                "[fd00::1]:8001",
                "GATEWAY_REGION",
                "eu-1",
                "GATEWAY_REGION_SECRET",
                SECRET);

        assertThat(config.strategies())
                .containsEntry(Tier.A, new PlacementStrategy.AssignedPod(new Canary(0.025, "v9")))
                .containsEntry(Tier.B, new PlacementStrategy.ShardKey("eu", KeySource.CLAIM, null))
                .containsEntry(
                        Tier.C,
                        new PlacementStrategy.TierService(
                                new PodAddress("tier-c", 8000),
                                new Canary(0.1, "v2"),
                                new PodAddress("fd00::1", 8001)));
        assertThat(config.region()).isEqualTo(new RegionConfig(new RegionId("eu-1"), new Secret(SECRET)));
    }

    @Test
    void whatDoesNotFitTogetherIsToldAtOnce() {
        assertThatThrownBy(() -> Settings.read(
                        PlacementConfig::read,
                        "GATEWAY_PLACEMENT_TIER_A",
                        "service",
                        "GATEWAY_PLACEMENT_TIER_B",
                        "shard_key",
                        "GATEWAY_PLACEMENT_SERVICE_TIER_C",
                        "fd00::1:8000",
                        "GATEWAY_PLACEMENT_SHARD_GROUP_TIER_A",
                        "eu",
                        "GATEWAY_PLACEMENT_CANARY_TIER_C",
                        "lots",
                        "GATEWAY_REGION",
                        "eu",
                        "GATEWAY_REGION_SECRET",
                        "short"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("GATEWAY_PLACEMENT_SERVICE_TIER_A is required")
                .hasMessageContaining(
                        "GATEWAY_PLACEMENT_SHARD_GROUP_TIER_A is for GATEWAY_PLACEMENT_TIER_A=shard_key only")
                .hasMessageContaining("GATEWAY_PLACEMENT_SHARD_GROUP_TIER_B is required")
                .hasMessageContaining("GATEWAY_PLACEMENT_SERVICE_TIER_C: expected host:port, got 'fd00::1:8000'")
                .hasMessageContaining("GATEWAY_PLACEMENT_CANARY_TIER_C: expected a share and a label")
                .hasMessageContaining("GATEWAY_REGION_SECRET")
                .hasMessageNotContaining("'short'");
    }

    @Test
    void aCanaryIsAShareOfTenantsThatOnlyGrows() {
        SplittableRandom random = new SplittableRandom(3);
        Canary five = new Canary(0.05, "v2");
        Canary ten = new Canary(0.1, "v2");
        int held = 0;
        for (int i = 0; i < 20_000; i++) {
            TenantId tenant = new TenantId(random.nextLong(), random.nextLong());
            assertThat(!five.holds(tenant) || ten.holds(tenant)).isTrue();
            held += five.holds(tenant) ? 1 : 0;
        }

        assertThat(held / 20_000.0).isCloseTo(0.05, within(0.01));
        assertThat(new Canary(0, "v2").holds(TENANT)).isFalse();
        assertThat(new Canary(1, "v2").holds(TENANT)).isTrue();
    }

    @Test
    void aServiceTakesItsTenantsWhateverTheirResidency() {
        Placements placements = placements(
                "GATEWAY_PLACEMENT_TIER_C", "service",
                "GATEWAY_PLACEMENT_SERVICE_TIER_C", "tier-c:8000",
                "GATEWAY_PLACEMENT_CANARY_TIER_C", "100% v2",
                "GATEWAY_PLACEMENT_CANARY_SERVICE_TIER_C", "tier-c-v2:8000");

        assertThat(placements.decide(route(Tier.C, "eu", null), null, null))
                .isInstanceOfSatisfying(
                        PlacementDecision.Direct.class,
                        direct -> assertThat(direct.address()).isEqualTo(new PodAddress("tier-c-v2", 8000)));
        assertThat(placements.decide(route(Tier.A, "eu", null), null, null))
                .isSameAs(PlacementDecision.Assigned.ASSIGNED);
    }

    @Test
    void aKeyGoesToItsShardUnlessTheTenantIsPinned() {
        Placements placements = sharded();
        Set<PodId> pods = new HashSet<>();
        for (int key = 0; key < 200; key++) {
            PlacementDecision.Direct direct =
                    (PlacementDecision.Direct) placements.decide(route(Tier.B, "eu", null), "order:" + key, null);
            assertThat(placements.decide(route(Tier.B, "eu", null), "order:" + key, null))
                    .isEqualTo(direct);
            pods.add(direct.name());
            assertThat(((PlacementDecision.Direct)
                                    placements.decide(route(Tier.B, "eu", "drained"), "order:" + key, null))
                            .name())
                    .isEqualTo(new PodId("pod-drained"));
        }

        assertThat(pods).containsExactlyInAnyOrder(new PodId("pod-s0"), new PodId("pod-s1"), new PodId("pod-s2"));
        assertThat(refusal(placements.decide(route(Tier.B, "eu", "retired"), null, null)))
                .isEqualTo(FailureKind.SHARD_UNAVAILABLE);
        assertThat(refusal(placements.decide(route(Tier.B, "eu", null), "k".repeat(257), null)))
                .isEqualTo(FailureKind.SHARD_KEY_INVALID);
        assertThat(refusal(new Placements(
                                Settings.read(
                                        PlacementConfig::read,
                                        "GATEWAY_PLACEMENT_TIER_B",
                                        "shard_key",
                                        "GATEWAY_PLACEMENT_SHARD_GROUP_TIER_B",
                                        "eu"),
                                () -> Topology.EMPTY)
                        .decide(route(Tier.B, "eu", null), null, null)))
                .isEqualTo(FailureKind.SHARD_UNAVAILABLE);
    }

    @Test
    void anotherRegionsTenantGoesThereOnceAndNoFurther() {
        List<Region> regions = new ArrayList<>(List.of(
                new Region(new RegionId("eu"), URI.create("http://eu.example:8080"), null, false),
                new Region(new RegionId("us"), URI.create("https://us.example"), new RegionId("eu"), false),
                new Region(new RegionId("ap"), null, null, false)));
        Placements placements = new Placements(
                Settings.read(PlacementConfig::read, "GATEWAY_REGION", "eu", "GATEWAY_REGION_SECRET", SECRET),
                () -> new Topology(List.of(), List.of(), regions));

        assertThat(placements.decide(route(Tier.A, "eu", null), null, null))
                .isSameAs(PlacementDecision.Assigned.ASSIGNED);
        assertThat(((PlacementDecision.Elsewhere) placements.decide(route(Tier.A, "us", null), null, null)).peer())
                .isEqualTo(new PeerGateway(new RegionId("us"), new PodAddress("us.example", 443), true));
        assertThat(refusal(placements.decide(route(Tier.A, "us", null), null, new RegionId("ap"))))
                .isEqualTo(FailureKind.REGION_DISPUTED);
        assertThat(refusal(placements.decide(route(Tier.A, "ap", null), null, null)))
                .isEqualTo(FailureKind.REGION_UNAVAILABLE);

        regions.set(1, new Region(new RegionId("us"), URI.create("https://us.example"), new RegionId("eu"), true));
        assertThat(placements.decide(route(Tier.A, "us", null), null, null))
                .isSameAs(PlacementDecision.Assigned.ASSIGNED);
    }

    @Test
    void aSealIsGoodForOneTenantAndAMoment() {
        PeerSeal eu = new PeerSeal(new RegionId("eu"), new Secret(SECRET));
        PeerSeal us = new PeerSeal(new RegionId("us"), new Secret(SECRET));
        PeerSeal stranger = new PeerSeal(new RegionId("eu"), new Secret("another-secret-of-32-bytes-at-least"));
        String sealed = eu.seal(new RegionId("us"), TENANT, 1_000_000);

        assertThat(us.opened(sealed, TENANT, 1_000_060)).isEqualTo(new RegionId("eu"));
        assertThat(us.opened(sealed, TENANT, 1_000_000 + PeerSeal.AGE_MAX_SECONDS + 1))
                .isNull();
        assertThat(us.opened(sealed, TENANT, 1_000_000 - PeerSeal.AGE_MAX_SECONDS - 1))
                .isNull();
        assertThat(us.opened(sealed, new TenantId(1, 2), 1_000_000)).isNull();
        assertThat(eu.opened(sealed, TENANT, 1_000_000)).as("gone astray").isEqualTo(new RegionId("eu"));
        assertThat(us.opened(sealed.replace("1000000", "1000001"), TENANT, 1_000_000))
                .isNull();
        assertThat(us.opened(stranger.seal(new RegionId("us"), TENANT, 1_000_000), TENANT, 1_000_000))
                .isNull();
        for (String nonsense :
                List.of("", ";;;", "eu;us;x;y", "eu;us;1000000;", "a".repeat(300), "eu;us;1000000;\u00e9")) {
            assertThat(us.opened(nonsense, TENANT, 1_000_000)).isNull();
        }
    }

    private static FailureKind refusal(PlacementDecision decision) {
        assertThat(decision).isInstanceOf(PlacementDecision.Refused.class);
        return ((PlacementDecision.Refused) decision).failure().kind();
    }

    private static Placements placements(String... settings) {
        return new Placements(Settings.read(PlacementConfig::read, settings), () -> Topology.EMPTY);
    }

    private static Placements sharded() {
        List<Shard> shards = List.of(
                shard("s0", ShardStatus.ACTIVE),
                shard("s1", ShardStatus.ACTIVE),
                shard("s2", ShardStatus.ACTIVE),
                shard("drained", ShardStatus.DRAINING),
                shard("retired", ShardStatus.RETIRED));
        Topology topology = new Topology(List.of(ShardGroup.of("eu", 1, null, shards)), shards, List.of());
        return new Placements(
                Settings.read(
                        PlacementConfig::read,
                        "GATEWAY_PLACEMENT_TIER_B",
                        "shard_key",
                        "GATEWAY_PLACEMENT_SHARD_GROUP_TIER_B",
                        "eu",
                        "GATEWAY_PLACEMENT_SHARD_KEY",
                        "header"),
                () -> topology);
    }

    private static Shard shard(String id, ShardStatus status) {
        return new Shard(
                new ShardId(id),
                "eu",
                1,
                status,
                new RegionId("default"),
                List.of(new ShardPod(new PodId("pod-" + id), Tier.B, new PodAddress(id, 8000), null)));
    }

    private static TenantRoute route(Tier tier, String region, @Nullable String shard) {
        return new TenantRoute(
                TENANT,
                tier,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.COLD,
                null,
                0,
                region,
                null,
                shard,
                1);
    }
}
