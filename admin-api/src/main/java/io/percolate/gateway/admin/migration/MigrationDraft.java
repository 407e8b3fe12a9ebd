package io.percolate.gateway.admin.migration;

import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a caller orders.
 *
 * @param target a tier, pod, shard or region; {@link MigrationKind#ELSEWHERE} for any other pod
 * @param tenants those alone; empty for all that the other conditions leave
 * @param tier of the tenants
 * @param pod that the tenants are in
 * @param hotOnly whether tenants that are in no pod's memory are left out
 */
record MigrationDraft(
        MigrationKind kind,
        String target,
        List<TenantId> tenants,
        @Nullable Tier tier,
        @Nullable String pod,
        boolean hotOnly,
        Pace pace,
        @Nullable String note) {
    private static final int TENANTS_MAX = 1_500;
    private static final int UUID_LENGTH = 36;
    private static final int NAME_LENGTH_MAX = 255;
    private static final int NOTE_LENGTH_MAX = 500;

    /** {@code POST /v1/migrations}. */
    static MigrationDraft read(ObjectNode body, Pace pace) {
        Fields fields = new Fields(body);
        MigrationKind kind = kind(fields);
        String target = target(fields, kind);
        List<TenantId> tenants = tenants(fields);
        Optional<Tier> tier = fields.choice("tier", Tier.class);
        Optional<String> pod = fields.text("pod", NAME_LENGTH_MAX);
        boolean hotOnly = fields.flag("hot_only").orElse(kind == MigrationKind.POD);
        if (tenants.isEmpty() && tier.isEmpty() && pod.isEmpty()) {
            fields.error("tenants", "expected a selection: tenants, tier or pod");
        }
        MigrationDraft draft = new MigrationDraft(
                kind,
                target,
                tenants,
                tier.orElse(null),
                pod.orElse(null),
                hotOnly,
                Pace.read(fields, pace),
                fields.text("note", NOTE_LENGTH_MAX).orElse(null));
        fields.finish();
        return draft;
    }

    /** {@code POST /v1/tenants/{id}/migrations}. */
    static MigrationDraft ofTenant(TenantId tenant, ObjectNode body, Pace pace) {
        Fields fields = new Fields(body);
        MigrationKind kind = kind(fields);
        return ofOne(tenant, kind, target(fields, kind), fields, pace);
    }

    /** {@code POST /v1/tenants/{id}/move}: to a pod, or to any other. */
    static MigrationDraft ofMove(TenantId tenant, ObjectNode body, Pace pace) {
        Fields fields = new Fields(body);
        String pod = fields.text("pod", NAME_LENGTH_MAX).orElse(MigrationKind.ELSEWHERE);
        return ofOne(tenant, MigrationKind.POD, pod, fields, pace);
    }

    /** Hot or not, with what else the body says; the body is read to its end. */
    private static MigrationDraft ofOne(TenantId tenant, MigrationKind kind, String target, Fields fields, Pace pace) {
        MigrationDraft draft = new MigrationDraft(
                kind,
                target,
                List.of(tenant),
                null,
                null,
                false,
                Pace.read(fields, pace),
                fields.text("note", NOTE_LENGTH_MAX).orElse(null));
        fields.finish();
        return draft;
    }

    private static MigrationKind kind(Fields fields) {
        MigrationKind kind = fields.required("kind", fields.choice("kind", MigrationKind.class), MigrationKind.POD);
        if (kind == MigrationKind.DRAIN || kind == MigrationKind.REBALANCE) {
            fields.error(
                    "kind", "expected tier, pod, shard or region; pods are drained and tiers rebalanced elsewhere");
        }
        return kind;
    }

    private static String target(Fields fields, MigrationKind kind) {
        Optional<String> given = fields.text("target", NAME_LENGTH_MAX);
        if (kind == MigrationKind.POD) {
            return given.orElse(MigrationKind.ELSEWHERE);
        }
        String target = fields.required("target", given, "");
        if (kind == MigrationKind.TIER && given.isPresent() && !target.matches("[ABC]")) {
            fields.error("target", "expected A, B or C, got " + target);
        }
        return target;
    }

    private static List<TenantId> tenants(Fields fields) {
        List<TenantId> tenants = new ArrayList<>();
        fields.texts("tenants", TENANTS_MAX, UUID_LENGTH)
                .orElse(List.of())
                .forEach(text -> TenantId.parse(text)
                        .ifPresentOrElse(
                                tenants::add,
                                () -> fields.error("tenants", "expected tenant ids (UUID), got " + text)));
        return tenants;
    }
}
