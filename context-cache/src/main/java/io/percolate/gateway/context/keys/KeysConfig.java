package io.percolate.gateway.context.keys;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.time.Duration;

/**
 * How tenants' keys are wrapped and remembered.
 *
 * @param rememberedMax unwrapped keys in memory, for sealing and for opening each
 * @param fresh how long a key is remembered: also how long an old version may go on sealing after a rotation
 */
public record KeysConfig(KeyEncryptionKeys keyEncryptionKeys, int rememberedMax, Duration fresh) {
    private static final Secret STAND_IN = new Secret("A".repeat(43) + "=");

    public static KeysConfig read(ConfigReader reader) {
        return new KeysConfig(
                keyEncryptionKeys(reader),
                reader.count(
                        "GATEWAY_CONTEXT_KEYS_MAX", 10_000, 1, 10_000_000, "unwrapped tenant keys that are remembered"),
                reader.duration(
                        "GATEWAY_CONTEXT_KEYS_FRESH",
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(1),
                        Duration.ofDays(1),
                        "how long an unwrapped tenant key is remembered"));
    }

    private static KeyEncryptionKeys keyEncryptionKeys(ConfigReader reader) {
        Secret text = reader.requiredSecret(
                "GATEWAY_KEY_ENCRYPTION_KEY",
                "wraps the tenants' keys: 32 bytes in base64 (openssl rand -base64 32), optionally name:base64, or"
                        + " name:file:PATH, or name:aws-kms:KEY (id, ARN or alias/...); further keys after a comma only"
                        + " unwrap");
        KmsConfig kms = KmsConfig.read(reader);
        if (!text.reveal().isEmpty()) {
            try {
                return KeyEncryptionKeys.parse(text, kms);
            } catch (IllegalArgumentException invalid) {
                reader.problem("GATEWAY_KEY_ENCRYPTION_KEY: " + invalid.getMessage());
            }
        }
        return KeyEncryptionKeys.parse(STAND_IN);
    }
}
