package io.percolate.gateway.routing.topology;

import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.RendezvousTable.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shards that share the keys of one space, as of one generation.
 *
 * @param tier whose tenants are spread over them; null when no tier's are
 * @param table its active shards, each at its weight
 */
public record ShardGroup(
        String id, long generation, @Nullable Tier tier, RendezvousTable<Shard> table) {

    /** Of keys; see {@link RendezvousTable} for what that means for shares. */
    public static final int SLOTS = 1 << 16;

    /** @param shards of any standing; keys are mapped to the active ones */
    public static ShardGroup of(String id, long generation, @Nullable Tier tier, List<Shard> shards) {
        List<Node<Shard>> active = shards.stream()
                .filter(shard -> shard.status() == ShardStatus.ACTIVE)
                .map(shard -> new Node<>(shard.id().value(), shard.weight(), shard))
                .toList();
        return new ShardGroup(id, generation, tier, RendezvousTable.of(SLOTS, active));
    }

    /** The shard that such a group maps this tenant to, without making the group; null without shards. */
    public static @Nullable ShardId home(TenantId tenant, List<Node<ShardId>> active) {
        return RendezvousTable.pick(SLOTS, active, KeyHash.of(tenant));
    }

    /** The shard of a key; null when the group has no active shard. */
    public @Nullable Shard shard(long keyHash) {
        return table.get(keyHash);
    }

    /** The shard that a tenant which is pinned to none belongs to; null when the group has no active shard. */
    public @Nullable Shard home(TenantId tenant) {
        return table.get(KeyHash.of(tenant));
    }
}
