package io.percolate.gateway.routing.placement;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.placement.PlacementStrategy.KeySource;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.ShardId;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the places of each tier's tenants are found, and which region this is.
 *
 * @param strategies one for each tier
 */
public record PlacementConfig(Map<Tier, PlacementStrategy> strategies, RegionConfig region) {
    /** What a strategy is called in configuration. */
    private enum Kind {
        ASSIGNED,
        SERVICE,
        SHARD_KEY
    }

    public PlacementConfig {
        strategies = Collections.unmodifiableMap(new EnumMap<>(strategies));
        for (Tier tier : Tier.values()) {
            if (!strategies.containsKey(tier)) {
                throw new IllegalArgumentException("no strategy for tier " + tier);
            }
        }
    }

    /** Whether requests cannot be placed before shards and regions are known. */
    public boolean needsTopology() {
        return region.own() != null
                || strategies.values().stream().anyMatch(PlacementStrategy.ShardKey.class::isInstance);
    }

    /** All tenants are assigned to pods, and there are no regions. */
    public static PlacementConfig assigned() {
        Map<Tier, PlacementStrategy> strategies = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            strategies.put(tier, new PlacementStrategy.AssignedPod(null));
        }
        return new PlacementConfig(strategies, RegionConfig.NONE);
    }

    /** Reads the keys {@code GATEWAY_PLACEMENT_*} and {@code GATEWAY_REGION*}. */
    public static PlacementConfig read(ConfigReader reader) {
        return new PlacementConfig(strategies(reader), RegionConfig.read(reader));
    }

    private static Map<Tier, PlacementStrategy> strategies(ConfigReader reader) {
        Map<Tier, PlacementStrategy> strategies = new EnumMap<>(Tier.class);
        KeySource source = reader.choice(
                "GATEWAY_PLACEMENT_SHARD_KEY",
                KeySource.class,
                KeySource.TENANT,
                "what the key of a request is for tiers placed by shard_key: the tenant, the field X-Shard-Key, or the"
                        + " claim that GATEWAY_JWT_SHARD_KEY_CLAIM names; without one it is the tenant");
        for (Tier tier : Tier.values()) {
            strategies.put(tier, strategy(reader, tier, source));
        }
        return strategies;
    }

    private static PlacementStrategy strategy(ConfigReader reader, Tier tier, KeySource source) {
        String kindKey = "GATEWAY_PLACEMENT_TIER_" + tier;
        Kind kind = reader.choice(
                kindKey,
                Kind.class,
                Kind.ASSIGNED,
                "how a place is found for requests of tier " + tier
                        + "'s tenants: the one pod that each is assigned to;"
                        + " any pod behind a service; or the shard that a key maps to");
        String serviceKey = "GATEWAY_PLACEMENT_SERVICE_TIER_" + tier;
        PodAddress service = address(reader, serviceKey, "host:port of the service of tier " + tier);
        String groupKey = "GATEWAY_PLACEMENT_SHARD_GROUP_TIER_" + tier;
        String group = reader.text(groupKey, "", "the group of shards over which tier " + tier + "'s keys are spread");
        Canary canary = Canary.read(reader, tier);
        String canaryKey = "GATEWAY_PLACEMENT_CANARY_SERVICE_TIER_" + tier;
        PodAddress canaryService = address(
                reader, canaryKey, "host:port of the service that the canary's tenants of tier " + tier + " use");
        needed(reader, kind == Kind.SERVICE, service != null, serviceKey, kindKey + "=service");
        needed(reader, kind == Kind.SHARD_KEY, !group.isEmpty(), groupKey, kindKey + "=shard_key");
        needed(
                reader,
                kind == Kind.SERVICE && canary != null,
                canaryService != null,
                canaryKey,
                kindKey + "=service and a canary");
        if (group.length() > ShardId.LENGTH_MAX) {
            reader.problem(groupKey + ": expected at most " + ShardId.LENGTH_MAX + " characters");
        }
        return switch (kind) {
            case ASSIGNED -> new PlacementStrategy.AssignedPod(canary);
            case SERVICE ->
                service == null
                        ? new PlacementStrategy.AssignedPod(canary)
                        : new PlacementStrategy.TierService(service, canary, canaryService);
            case SHARD_KEY -> new PlacementStrategy.ShardKey(group, source, canary);
        };
    }

    /** A key that the strategy cannot do without, or that it would never look at. */
    private static void needed(ConfigReader reader, boolean wanted, boolean given, String key, String where) {
        if (wanted && !given) {
            reader.problem(key + " is required with " + where);
        } else if (given && !wanted) {
            reader.problem(key + " is for " + where + " only");
        }
    }

    private static @Nullable PodAddress address(ConfigReader reader, String key, String description) {
        String text = reader.text(key, "", description);
        int colon = text.lastIndexOf(':');
        if (text.isEmpty()) {
            return null;
        }
        try {
            String host = text.substring(0, Math.max(0, colon));
            boolean bracketed = host.startsWith("[") && host.endsWith("]");
            if (!bracketed && host.indexOf(':') >= 0) {
                throw new IllegalArgumentException("an IPv6 address stands in brackets");
            }
            return new PodAddress(
                    bracketed ? host.substring(1, host.length() - 1) : host,
                    Integer.parseInt(text.substring(colon + 1)));
        } catch (IllegalArgumentException malformed) {
            reader.problem(key + ": expected host:port, got '" + text + "'");
            return null;
        }
    }
}
