package io.percolate.gateway.routing.placement;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.KeyHash;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A share of a tier's tenants that are to try a version out, known by its label.
 *
 * <p>Which tenants those are is their hash's alone: the same in every gateway, and a share that grows keeps those that it
 * had. All others stay away from that version.
 *
 * @param share of the tenants, from 0 to 1
 * @param label as in {@code pods.version_label}
 */
public record Canary(double share, String label) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3})?)%\\s+(\\S{1,63})");
    /** Parts its choice from all others that go by the tenant's hash. */
    private static final long SALT = 0x63616e617279L;

    public Canary {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("a share is between 0 and 1: " + share);
        }
    }

    /** Parses {@code 5% v2}; empty for anything else. */
    static Optional<Canary> parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        double percent = Double.parseDouble(matcher.group(1));
        return percent > 100 ? Optional.empty() : Optional.of(new Canary(percent / 100, matcher.group(2)));
    }

    /** Those of the tiers that have one, by the keys {@code GATEWAY_PLACEMENT_CANARY_TIER_*}. */
    public static Map<Tier, Canary> read(ConfigReader reader) {
        Map<Tier, Canary> canaries = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            Canary canary = read(reader, tier);
            if (canary != null) {
                canaries.put(tier, canary);
            }
        }
        return canaries;
    }

    static @Nullable Canary read(ConfigReader reader, Tier tier) {
        String key = "GATEWAY_PLACEMENT_CANARY_TIER_" + tier;
        String text = reader.text(
                key,
                "",
                "share of tier " + tier
                        + "'s tenants that use pods with a version label, and that label, such as '5% v2';"
                        + " the others use other pods");
        Optional<Canary> canary = parse(text);
        if (!text.isEmpty() && canary.isEmpty()) {
            reader.problem(key + ": expected a share and a label such as '5% v2', got '" + text + "'");
        }
        return canary.orElse(null);
    }

    public boolean holds(TenantId tenant) {
        return KeyHash.unit(KeyHash.mix(KeyHash.of(tenant) ^ SALT)) < share;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s%% %s", share * 100, label);
    }
}
