package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.http.Change;
import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What a merge patch (RFC 7396) says of a tenant. */
record TenantPatch(
        Change<String> name,
        Optional<Tier> tier,
        Optional<TenantStatus> status,
        Optional<SecurityMode> securityMode,
        Optional<String> region,
        Change<String> shardId,
        Change<TenantLimits.Patch> limits) {

    static TenantPatch read(ObjectNode body) {
        Fields fields = new Fields(body);
        TenantPatch patch = new TenantPatch(
                fields.textChange("name", TenantDraft.NAME_LENGTH_MAX),
                fields.choice("tier", Tier.class),
                fields.choice("status", TenantStatus.class),
                fields.choice("security_mode", SecurityMode.class),
                fields.text("region", TenantDraft.REGION_LENGTH_MAX),
                fields.textChange("shard_id", TenantDraft.SHARD_LENGTH_MAX),
                fields.objectChange("limits", TenantLimits.Patch::read));
        fields.finish();
        return patch;
    }

    /** Nothing but this status. */
    static TenantPatch ofStatus(TenantStatus status) {
        return new TenantPatch(
                new Change.Keep<>(),
                Optional.empty(),
                Optional.of(status),
                Optional.empty(),
                Optional.empty(),
                new Change.Keep<>(),
                new Change.Keep<>());
    }

    TenantSettings apply(TenantSettings current) {
        TenantLimits newLimits = switch (limits) {
            case Change.Keep<TenantLimits.Patch> _ -> current.limits();
            case Change.Clear<TenantLimits.Patch> _ -> TenantLimits.NONE;
            case Change.Put<TenantLimits.Patch>(TenantLimits.Patch patch) -> patch.apply(current.limits());
        };
        return new TenantSettings(
                name.of(current.name()),
                tier.orElse(current.tier()),
                status.orElse(current.status()),
                securityMode.orElse(current.securityMode()),
                region.orElse(current.region()),
                shardId.of(current.shardId()),
                newLimits);
    }
}
