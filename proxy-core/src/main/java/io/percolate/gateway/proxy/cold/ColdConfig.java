package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.proxy.generate.GenerateConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * What is done with requests of tenants that are not hot.
 *
 * @param holdLimit how long a request may be held
 * @param heldPerTenantMax requests of one tenant that may be held at once
 * @param heldMax requests that may be held at once in this process
 * @param bounds what else bounds the holding
 * @param releaseConcurrency held requests of one tenant let through to its pod at once
 * @param contextTimeout for the context to be at hand
 * @param moves for requests of tenants that move
 * @param earlyHints whether clients are told, while they are held, where the time goes
 */
public record ColdConfig(
        ColdStartRules rules,
        Duration holdLimit,
        int heldPerTenantMax,
        int heldMax,
        HoldBounds bounds,
        int releaseConcurrency,
        Duration contextTimeout,
        GenerateConfig generate,
        MoveHold moves,
        boolean earlyHints) {

    /** Reads the keys {@code GATEWAY_COLD_*} and {@code GATEWAY_GENERATE_*}. */
    public static ColdConfig read(ConfigReader reader) {
        ColdConfig config = new ColdConfig(
                rules(reader),
                reader.duration(
                        "GATEWAY_COLD_HOLD_LIMIT",
                        Duration.ofSeconds(30),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(10),
                        "how long a request may wait for its tenant's pod"),
                reader.count(
                        "GATEWAY_COLD_HELD_PER_TENANT_MAX", 256, 1, 100_000, "requests of one tenant held at once"),
                reader.count("GATEWAY_COLD_HELD_MAX", 10_000, 1, 1_000_000, "requests held at once in this process"),
                HoldBounds.read(reader),
                reader.count(
                        "GATEWAY_COLD_RELEASE_CONCURRENCY",
                        64,
                        1,
                        100_000,
                        "held requests of one tenant let through to its pod at once"),
                reader.duration(
                        "GATEWAY_COLD_CONTEXT_TIMEOUT",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(1),
                        "for a tenant's context to be at hand; after it the request is held"),
                GenerateConfig.read(reader),
                MoveHold.read(reader),
                reader.flag(
                        "GATEWAY_COLD_EARLY_HINTS",
                        false,
                        "whether clients of held requests are told by 103 Early Hints how the wake goes"));
        if (config.rules().generates() && config.generate().url().isEmpty()) {
            reader.problem("GATEWAY_COLD_RULES names 'generate', which needs GATEWAY_GENERATE_URL");
        }
        return config;
    }

    private static ColdStartRules rules(ConfigReader reader) {
        String text = reader.text(
                "GATEWAY_COLD_RULES",
                ColdStartRules.DEFAULT_TEXT,
                "who answers a cold tenant's request, first match wins: '" + ColdStartRule.FORM + "' parted by ';'");
        try {
            return ColdStartRules.parse(text);
        } catch (IllegalArgumentException invalid) {
            reader.problem("GATEWAY_COLD_RULES: " + invalid.getMessage());
            return ColdStartRules.DEFAULT;
        }
    }
}
