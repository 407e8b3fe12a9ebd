package io.percolate.gateway.routing.topology;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import org.jspecify.annotations.Nullable;

/**
 * A ready pod of a shard.
 *
 * @param versionLabel of what it runs; null when it says none
 */
public record ShardPod(
        PodId id, Tier tier, PodAddress address, @Nullable String versionLabel) {}
