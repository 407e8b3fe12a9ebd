package io.percolate.gateway.routing.placement;

import io.percolate.gateway.routing.tenant.PodAddress;
import org.jspecify.annotations.Nullable;

/** How the place of a tier's tenants is found. */
public sealed interface PlacementStrategy {
    /** The share of tenants that try another version out; null for none. */
    @Nullable
    Canary canary();

    /** Each tenant lives in the one pod that it is assigned to, and is woken when it is in none. */
    record AssignedPod(@Nullable Canary canary) implements PlacementStrategy {}

    /**
     * No tenant has a pod of its own: any ready pod behind an address serves it. There is no epoch and no wake.
     *
     * @param canaryAddress where the canary's tenants go; null where there is no canary
     */
    record TierService(
            PodAddress address,
            @Nullable Canary canary,
            @Nullable PodAddress canaryAddress) implements PlacementStrategy {}

    /**
     * A key maps to a shard of a group, and within it to a pod; a tenant that is pinned to a shard has all its keys there.
     * There is no epoch and no wake.
     *
     * @param group of shards
     */
    record ShardKey(
            String group, KeySource source, @Nullable Canary canary) implements PlacementStrategy {}

    /** What a request's key is taken from; in configuration by its name in lower case. */
    enum KeySource {
        /** The tenant itself, so that all of its keys are in one shard. */
        TENANT,
        /** The field {@code X-Shard-Key}, else the tenant: whoever has a token may name any key of its tenant. */
        HEADER,
        /** The claim that {@code GATEWAY_JWT_SHARD_KEY_CLAIM} names, else the tenant: the issuer decides. */
        CLAIM
    }
}
