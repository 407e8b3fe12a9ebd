package io.percolate.gateway.routing.placement;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.topology.RegionId;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Which region a gateway is in, and by what gateways of several regions know each other.
 *
 * @param own null where there are no regions: then tenants of any are served here
 * @param secret what the gateways of all regions share; null without regions
 */
public record RegionConfig(@Nullable RegionId own, @Nullable Secret secret) {
    static final int SECRET_BYTES_MIN = 32;

    /** No regions. */
    public static final RegionConfig NONE = new RegionConfig(null, null);

    /** Reads the keys {@code GATEWAY_REGION} and {@code GATEWAY_REGION_SECRET}. */
    public static RegionConfig read(ConfigReader reader) {
        String text = reader.text(
                "GATEWAY_REGION",
                "",
                "the region of this gateway, as in the table regions; requests of tenants that another region serves go"
                        + " on to its gateway_url. Absent: tenants of any region are served here");
        Secret secret = reader.optionalSecret(
                        "GATEWAY_REGION_SECRET",
                        "what the gateways of all regions share, of at least " + SECRET_BYTES_MIN
                                + " bytes: it proves that a request comes from one of them")
                .orElse(null);
        if (text.isEmpty()) {
            if (secret != null) {
                reader.problem("GATEWAY_REGION_SECRET without GATEWAY_REGION: name the region of this gateway");
            }
            return NONE;
        }
        if (!RegionId.isValid(text)) {
            reader.problem("GATEWAY_REGION: expected 1 to 32 letters, digits, dots, hyphens and underscores, got '"
                    + text + "'");
            return NONE;
        }
        int bytes = secret == null ? 0 : secret.reveal().getBytes(StandardCharsets.UTF_8).length;
        if (bytes < SECRET_BYTES_MIN) {
            reader.problem("GATEWAY_REGION_SECRET: where GATEWAY_REGION is given, expected at least " + SECRET_BYTES_MIN
                    + " bytes, got " + bytes);
            return NONE;
        }
        return new RegionConfig(new RegionId(text), secret);
    }
}
