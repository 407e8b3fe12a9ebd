package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A tenant to be created; {@code id} is null when the database shall choose it. */
record TenantDraft(
        @Nullable UUID id, String email, @Nullable String name, Tier tier, SecurityMode securityMode, String region) {
    static final int EMAIL_LENGTH_MAX = 255;
    static final int NAME_LENGTH_MAX = 255;
    static final int REGION_LENGTH_MAX = 32;
    static final int SHARD_LENGTH_MAX = 63;
    private static final int ID_LENGTH = 36;
    private static final String REGION_DEFAULT = "default";
    /** Whether mail arrives, only mail can tell; this refuses what is none at sight. */
    private static final Pattern EMAIL = Pattern.compile("[^\\s@]{1,64}@[^\\s@]+");

    static TenantDraft read(ObjectNode body) {
        Fields fields = new Fields(body);
        Optional<String> email = fields.text("email", EMAIL_LENGTH_MAX);
        if (email.isPresent() && !EMAIL.matcher(email.get()).matches()) {
            fields.error("email", "expected an e-mail address");
        }
        Optional<UUID> id = fields.text("id", ID_LENGTH).flatMap(text -> {
            Optional<UUID> uuid = TenantId.parse(text).map(TenantId::value);
            if (uuid.isEmpty()) {
                fields.error("id", "expected a UUID");
            }
            return uuid;
        });
        TenantDraft draft = new TenantDraft(
                id.orElse(null),
                fields.required("email", email, ""),
                fields.textChange("name", NAME_LENGTH_MAX).of(null),
                fields.required("tier", fields.choice("tier", Tier.class), Tier.C),
                fields.choice("security_mode", SecurityMode.class).orElse(SecurityMode.NODE_BASED),
                fields.text("region", REGION_LENGTH_MAX).orElse(REGION_DEFAULT));
        fields.finish();
        return draft;
    }
}
