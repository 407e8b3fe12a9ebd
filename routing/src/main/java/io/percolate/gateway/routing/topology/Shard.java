package io.percolate.gateway.routing.topology;

import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.RendezvousTable.Node;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One shard: where it is, and which of its pods a key belongs to. Immutable. */
public final class Shard {
    /** Pods of a shard are few; equal shares among them matter less than those among shards. */
    private static final int POD_SLOTS = 1 << 12;

    private final ShardId id;
    private final String group;
    private final double weight;
    private final ShardStatus status;
    private final RegionId region;
    private final Map<Tier, PodTables> pods = new EnumMap<>(Tier.class);

    /**
     * The pods of one tier.
     *
     * @param labelled those that have a label, by it
     * @param others those that have another one or none
     */
    private record PodTables(
            RendezvousTable<ShardPod> all,
            Map<String, RendezvousTable<ShardPod>> labelled,
            Map<String, RendezvousTable<ShardPod>> others) {}

    public Shard(ShardId id, String group, double weight, ShardStatus status, RegionId region, List<ShardPod> ready) {
        this.id = id;
        this.group = group;
        this.weight = weight;
        this.status = status;
        this.region = region;
        for (Tier tier : Tier.values()) {
            List<ShardPod> ofTier =
                    ready.stream().filter(pod -> pod.tier() == tier).toList();
            if (!ofTier.isEmpty()) {
                pods.put(tier, tables(ofTier));
            }
        }
    }

    private static PodTables tables(List<ShardPod> pods) {
        Map<String, RendezvousTable<ShardPod>> labelled = new HashMap<>();
        Map<String, RendezvousTable<ShardPod>> others = new HashMap<>();
        for (ShardPod pod : pods) {
            String label = pod.versionLabel();
            if (label != null && !labelled.containsKey(label)) {
                labelled.put(label, table(pods, each -> label.equals(each.versionLabel())));
                others.put(label, table(pods, each -> !label.equals(each.versionLabel())));
            }
        }
        return new PodTables(table(pods, each -> true), labelled, others);
    }

    private static RendezvousTable<ShardPod> table(List<ShardPod> pods, Predicate<ShardPod> chosen) {
        List<Node<ShardPod>> nodes = new ArrayList<>();
        pods.stream()
                .filter(chosen)
                .forEach(pod -> nodes.add(new Node<>(pod.id().value(), 1, pod)));
        return RendezvousTable.of(POD_SLOTS, nodes);
    }

    public ShardId id() {
        return id;
    }

    public String group() {
        return group;
    }

    public double weight() {
        return weight;
    }

    public ShardStatus status() {
        return status;
    }

    public RegionId region() {
        return region;
    }

    /**
     * The pod of this tier that the key belongs to; null when there is none.
     *
     * @param label of the version that is preferred, or avoided; null for any
     */
    public @Nullable ShardPod pod(Tier tier, long keyHash, @Nullable String label, boolean preferred) {
        PodTables ofTier = pods.get(tier);
        if (ofTier == null) {
            return null;
        }
        RendezvousTable<ShardPod> chosen =
                label == null ? null : (preferred ? ofTier.labelled() : ofTier.others()).get(label);
        ShardPod pod = chosen == null ? null : chosen.get(keyHash);
        return pod == null ? ofTier.all().get(keyHash) : pod;
    }

    @Override
    public String toString() {
        return "shard " + id;
    }
}
