package io.percolate.gateway.routing.topology;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All shards and regions as of one moment. Immutable. */
public final class Topology {
    /** Before anything was read. */
    public static final Topology EMPTY = new Topology(List.of(), List.of(), List.of());

    private final Map<String, ShardGroup> groups;
    private final Map<String, Shard> shards;
    private final Map<String, Region> regions;

    public Topology(List<ShardGroup> groups, List<Shard> shards, List<Region> regions) {
        this.groups = groups.stream().collect(Collectors.toUnmodifiableMap(ShardGroup::id, Function.identity()));
        this.shards = shards.stream()
                .collect(Collectors.toUnmodifiableMap(shard -> shard.id().value(), Function.identity()));
        this.regions = regions.stream()
                .collect(Collectors.toUnmodifiableMap(region -> region.id().value(), Function.identity()));
    }

    public @Nullable ShardGroup group(String id) {
        return groups.get(id);
    }

    public @Nullable Shard shard(String id) {
        return shards.get(id);
    }

    public @Nullable Region region(String id) {
        return regions.get(id);
    }

    /**
     * The region that serves what is at home in this one: itself, or the replica of a region that is failed over. Where
     * replicas stand in for each other in a circle, the home.
     */
    public String serving(String home) {
        String now = home;
        for (int steps = 0; steps <= regions.size(); steps++) {
            Region region = regions.get(now);
            if (region == null || !region.failedOver() || region.replica() == null) {
                return now;
            }
            now = region.replica().value();
        }
        return home;
    }
}
