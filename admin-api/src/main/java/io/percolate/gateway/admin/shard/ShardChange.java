package io.percolate.gateway.admin.shard;

import io.percolate.gateway.admin.http.Change;
import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.RegionId;
import io.percolate.gateway.routing.topology.ShardId;
import io.percolate.gateway.routing.topology.ShardStatus;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is to become of one shard; what is null stays as it is, or is as new shards are.
 *
 * @param generation that the group must still have, so that what was planned is what is done; null for any
 * @param tier whose tenants are to be spread over the group
 */
record ShardChange(
        String id,
        @Nullable String group,
        @Nullable Double weight,
        @Nullable ShardStatus status,
        @Nullable String region,
        @Nullable Tier tier,
        @Nullable Long generation) {

    private static final double WEIGHT_MIN = 0.001;
    private static final double WEIGHT_MAX = 1_000_000;

    /** A whole shard, new or not. */
    static ShardChange ofNew(ObjectNode body) {
        Fields fields = new Fields(body);
        String id = fields.required("id", fields.text("id", ShardId.LENGTH_MAX), "none");
        String group = fields.required("group", fields.text("group", ShardId.LENGTH_MAX), "none");
        if (!id.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            fields.error("id", "expected letters, digits, dots, hyphens and underscores");
        }
        return read(fields, id, group);
    }

    /** A change of one that there is. */
    static ShardChange ofKnown(String id, ObjectNode body) {
        return read(new Fields(body), id, null);
    }

    static ShardChange draining(String id) {
        return new ShardChange(id, null, null, ShardStatus.DRAINING, null, null, null);
    }

    private static ShardChange read(Fields fields, String id, @Nullable String group) {
        Optional<Double> weight = fields.number("weight", WEIGHT_MIN, WEIGHT_MAX);
        Optional<ShardStatus> status = fields.choice("status", ShardStatus.class);
        Optional<String> region = fields.text("region", 32);
        if (region.isPresent() && !RegionId.isValid(region.get())) {
            fields.error("region", "expected letters, digits, dots, hyphens and underscores");
        }
        Optional<Tier> tier = fields.choice("tier", Tier.class);
        Change<Long> generation = fields.countChange("generation", 0, Long.MAX_VALUE);
        fields.finish();
        return new ShardChange(
                id,
                group,
                weight.orElse(null),
                status.orElse(null),
                region.orElse(null),
                tier.orElse(null),
                generation.of(null));
    }

    double weightOf(double otherwise) {
        return Objects.requireNonNullElse(weight, otherwise);
    }

    ShardStatus statusOf(ShardStatus otherwise) {
        return Objects.requireNonNullElse(status, otherwise);
    }

    ObjectNode metadata() {
        ObjectNode metadata = Json.newObject().put("shard", id);
        if (weight != null) {
            metadata.put("weight", weight);
        }
        if (status != null) {
            metadata.put("status", Label.of(status));
        }
        if (tier != null) {
            metadata.put("tier", tier.name());
        }
        return metadata;
    }
}
