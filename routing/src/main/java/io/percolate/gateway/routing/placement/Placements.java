package io.percolate.gateway.routing.placement;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.placement.PlacementStrategy.AssignedPod;
import io.percolate.gateway.routing.placement.PlacementStrategy.KeySource;
import io.percolate.gateway.routing.placement.PlacementStrategy.ShardKey;
import io.percolate.gateway.routing.placement.PlacementStrategy.TierService;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.topology.KeyHash;
import io.percolate.gateway.routing.topology.Region;
import io.percolate.gateway.routing.topology.RegionId;
import io.percolate.gateway.routing.topology.Shard;
import io.percolate.gateway.routing.topology.ShardGroup;
import io.percolate.gateway.routing.topology.ShardPod;
import io.percolate.gateway.routing.topology.ShardStatus;
import io.percolate.gateway.routing.topology.Topology;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides where requests go: by the strategy of the tenant's tier, and by region before all else.
 *
 * <p>A plain synchronous function of the route, the request's key and the topology; for an assigned tenant of this region
 * it allocates nothing. Safe for use from any thread.
 */
public final class Placements {
    /** Longest key of a request. */
    public static final int KEY_LENGTH_MAX = 256;

    /** All tenants are assigned to pods, and there are no regions. */
    public static final Placements ASSIGNED = new Placements(PlacementConfig.assigned(), () -> Topology.EMPTY);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private final PlacementConfig config;
    private final Supplier<Topology> topology;
    private final @Nullable PeerSeal seal;

    public Placements(PlacementConfig config, Supplier<Topology> topology) {
        this.config = config;
        this.topology = topology;
        RegionConfig region = config.region();
        this.seal = region.own() == null
                ? null
                : new PeerSeal(region.own(), Objects.requireNonNull(region.secret(), "a region has a secret"));
    }

    /** What gateways of other regions are told and tell; null without regions. */
    public @Nullable PeerSeal seal() {
        return seal;
    }

    /** What the key of this tenant's requests is taken from; null where they have none. */
    public @Nullable KeySource keySource(TenantRoute route) {
        return config.strategies().get(route.tier()) instanceof ShardKey(String _, KeySource source, Canary _)
                ? source
                : null;
    }

    public PlacementStrategy strategy(TenantRoute route) {
        return Objects.requireNonNull(config.strategies().get(route.tier()));
    }

    /**
     * @param key of the request, from where {@link #keySource} says; null for the tenant's own
     * @param passedBy the region whose gateway has passed the request on; null when a client sent it
     */
    public PlacementDecision decide(TenantRoute route, @Nullable String key, @Nullable RegionId passedBy) {
        return switch (strategy(route)) {
            case AssignedPod _ -> regional(route.region(), passedBy, PlacementDecision.Assigned.ASSIGNED);
            case TierService service -> regional(route.region(), passedBy, behind(service, route));
            case ShardKey shardKey -> inShard(shardKey, route, key, passedBy);
        };
    }

    private static PlacementDecision behind(TierService service, TenantRoute route) {
        Canary canary = service.canary();
        PodAddress canaryAddress = service.canaryAddress();
        boolean tries = canary != null && canaryAddress != null && canary.holds(route.tenant());
        PodAddress address = tries && canaryAddress != null ? canaryAddress : service.address();
        return new PlacementDecision.Direct(
                new PodId(address.toString()),
                route.tier(),
                address,
                "any pod behind the service of tier " + route.tier() + (tries ? " that tries " + canary + " out" : ""));
    }

    private PlacementDecision inShard(
            ShardKey strategy, TenantRoute route, @Nullable String key, @Nullable RegionId passedBy) {
        if (key != null && (key.isBlank() || key.length() > KEY_LENGTH_MAX)) {
            return new PlacementDecision.Refused(Failure.of(
                    FailureKind.SHARD_KEY_INVALID, "expected a shard key of 1 to " + KEY_LENGTH_MAX + " characters"));
        }
        long hash = key == null ? KeyHash.of(route.tenant()) : KeyHash.of(route.tenant(), key);
        Topology now = topology.get();
        String pin = route.shard();
        Shard shard = pin == null ? ofGroup(now, strategy.group(), hash) : now.shard(pin);
        if (shard == null || shard.status() == ShardStatus.RETIRED) {
            return noShard(
                    pin == null
                            ? "group " + strategy.group() + " has no active shard"
                            : "the tenant is pinned to shard " + pin
                                    + (shard == null ? ", which is not known" : ", which is retired"));
        }
        Canary canary = strategy.canary();
        ShardPod pod = shard.pod(
                route.tier(),
                hash,
                canary == null ? null : canary.label(),
                canary != null && canary.holds(route.tenant()));
        String why = (key == null ? "the tenant's key" : "the request's key")
                + (pin == null ? " maps to " : " is where the tenant is pinned, in ") + shard + " of group "
                + shard.group();
        return regional(
                shard.region().value(),
                passedBy,
                pod == null
                        ? noShard(shard + " has no pod of tier " + route.tier() + " that is ready")
                        : new PlacementDecision.Direct(pod.id(), route.tier(), pod.address(), why));
    }

    private static @Nullable Shard ofGroup(Topology now, String id, long hash) {
        ShardGroup group = now.group(id);
        return group == null ? null : group.shard(hash);
    }

    private static PlacementDecision noShard(String detail) {
        return new PlacementDecision.Refused(
                Failure.of(FailureKind.SHARD_UNAVAILABLE, "no shard can take the request now")
                        .withRetryAfter(RETRY_AFTER)
                        .withOperatorDetail(detail));
    }

    /** What was decided, if it is for this region to carry out. */
    private PlacementDecision regional(String home, @Nullable RegionId passedBy, PlacementDecision here) {
        RegionId own = config.region().own();
        if (own == null) {
            return here;
        }
        Topology now = topology.get();
        String serving = now.serving(home);
        if (serving.equals(own.value())) {
            return here;
        }
        if (passedBy != null) {
            return new PlacementDecision.Refused(
                    Failure.of(FailureKind.REGION_DISPUTED, "regions do not agree on who serves the tenant just now")
                            .withRetryAfter(RETRY_AFTER)
                            .withOperatorDetail("region " + passedBy + " passed it to " + own + ", which takes "
                                    + serving + " for right"));
        }
        Region region = now.region(serving);
        URI gateway = region == null ? null : region.gateway();
        if (region == null || gateway == null) {
            return new PlacementDecision.Refused(
                    Failure.of(FailureKind.REGION_UNAVAILABLE, "the tenant's region cannot be reached from here")
                            .withRetryAfter(RETRY_AFTER)
                            .withOperatorDetail("region " + serving
                                    + (region == null ? " is not known" : " has no usable gateway_url")));
        }
        return new PlacementDecision.Elsewhere(
                peer(region.id(), gateway),
                serving.equals(home)
                        ? "region " + serving + " serves it"
                        : "region " + serving + " serves it, for " + home + " is failed over");
    }

    private static PeerGateway peer(RegionId region, URI gateway) {
        boolean secured = "https".equals(gateway.getScheme());
        String host = Objects.requireNonNull(gateway.getHost());
        boolean bracketed = host.startsWith("[");
        int port = gateway.getPort() > 0 ? gateway.getPort() : secured ? HTTPS_PORT : HTTP_PORT;
        return new PeerGateway(
                region, new PodAddress(bracketed ? host.substring(1, host.length() - 1) : host, port), secured);
    }
}
