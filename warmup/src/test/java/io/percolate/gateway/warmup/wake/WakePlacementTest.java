package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.placement.Canary;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.RendezvousTable.Node;
import io.percolate.gateway.routing.topology.ShardGroup;
import io.percolate.gateway.routing.topology.ShardId;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which pods a wake chooses among: those of the tenant's shard, region and version. */
class WakePlacementTest {
    private final Fleet fleet = new Fleet();

    @AfterEach
    void stop() {
        fleet.sql("UPDATE tenants SET shard_id = NULL, region = 'default'");
        fleet.sql("UPDATE pods SET shard_id = NULL, region = 'default', version_label = NULL");
        fleet.sql("DELETE FROM shards");
        fleet.sql("DELETE FROM shard_groups");
        fleet.sql("UPDATE regions SET failed_over = FALSE, replica_region = NULL");
        fleet.sql("DELETE FROM regions WHERE id <> 'default'");
        fleet.close();
    }

    @Test
    void aTenantIsLoadedInItsHomeShardOrWhereItIsPinned() {
        fleet.pod("c-0", Tier.C, 8, 0);
        fleet.pod("c-1", Tier.C, 8, 0);
        fleet.pod("c-loose", Tier.C, 8, 0);
        fleet.sql("INSERT INTO shard_groups (id, tier) VALUES ('eu', 'C')");
        fleet.sql(
                "INSERT INTO shards (id, shard_group, status) VALUES ('s-0', 'eu', 'active'), ('s-1', 'eu', 'active'),"
                        + " ('s-2', 'eu', 'retired')");
        fleet.sql("UPDATE pods SET shard_id = 's-0' WHERE id = 'c-0'");
        fleet.sql("UPDATE pods SET shard_id = 's-1' WHERE id = 'c-1'");
        Fleet.Gateway process = fleet.process();
        List<Node<ShardId>> active =
                List.of(new Node<>("s-0", 1, new ShardId("s-0")), new Node<>("s-1", 1, new ShardId("s-1")));

        List<TenantId> tenants = fleet.tenants(6, Tier.C);
        fleet.sql("UPDATE tenants SET shard_id = 's-1' WHERE id = '" + tenants.getFirst() + "'");

        for (TenantId tenant : tenants) {
            ShardId home = Objects.requireNonNull(ShardGroup.home(tenant, active));
            String expected = tenant.equals(tenants.getFirst())
                    ? "c-1"
                    : "c-" + home.value().charAt(2);
            assertThat(podOf(process.bring(tenant))).isEqualTo(expected);
        }
        fleet.sql("UPDATE pods SET shard_id = NULL");
        assertThat(process.failure(fleet.tenant(Tier.C)).kind()).isEqualTo(FailureKind.WAKE_NO_CAPACITY);
    }

    @Test
    void theTenantsOfACanaryAndNoOthersTryItsVersionWhileThereIsRoom() {
        fleet.pod("b-old", Tier.B, 8, 0);
        fleet.pod("b-new", Tier.B, 1, 0);
        fleet.sql("UPDATE pods SET version_label = 'v2' WHERE id = 'b-new'");
        Fleet.Gateway half = fleet.process("GATEWAY_PLACEMENT_CANARY_TIER_B", "50% v2");
        Canary canary = new Canary(0.5, "v2");
        List<TenantId> tenants = fleet.tenants(40, Tier.B);
        TenantId other = tenants.stream()
                .filter(tenant -> !canary.holds(tenant))
                .findFirst()
                .orElseThrow();
        List<TenantId> triers = tenants.stream().filter(canary::holds).limit(2).toList();

        assertThat(podOf(half.bring(other))).isEqualTo("b-old");
        assertThat(podOf(half.bring(triers.getFirst()))).isEqualTo("b-new");
        assertThat(podOf(half.bring(triers.getLast())))
                .as("no room there is left")
                .isEqualTo("b-old");
    }

    @Test
    void aTenantOfARegionThatIsFailedOverIsLoadedInItsReplica() {
        fleet.sql("INSERT INTO regions (id) VALUES ('eu'), ('us')");
        fleet.sql("UPDATE regions SET replica_region = 'us' WHERE id = 'eu'");
        fleet.pod("a-us", Tier.A, 8, 0);
        fleet.sql("UPDATE pods SET region = 'us'");
        TenantId tenant = fleet.tenant(Tier.A);
        TenantId next = fleet.tenant(Tier.A);
        fleet.sql("UPDATE tenants SET region = 'eu' WHERE id IN ('" + tenant + "', '" + next + "')");
        Fleet.Gateway process = fleet.process();

        assertThat(process.failure(tenant).kind()).isEqualTo(FailureKind.WAKE_NO_CAPACITY);
        fleet.sql("UPDATE regions SET failed_over = TRUE WHERE id = 'eu'");

        assertThat(podOf(process.bring(next))).isEqualTo("a-us");
    }

    private static String podOf(TenantRoute route) {
        return Objects.requireNonNull(route.placement()).pod().value();
    }
}
