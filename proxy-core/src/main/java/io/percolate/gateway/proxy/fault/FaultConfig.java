package io.percolate.gateway.proxy.fault;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Faults that are asked for; none by default.
 *
 * @param secret by which tokens are signed that ask for one; without it none does
 */
public record FaultConfig(List<FaultRule> rules, Optional<Secret> secret) {
    private static final int RULES_MAX = 64;
    private static final int SECRET_BYTES_MIN = 32;

    public FaultConfig {
        rules = List.copyOf(rules);
    }

    /** Reads the keys {@code GATEWAY_FAULTS_*}. */
    public static FaultConfig read(ConfigReader reader) {
        String key = "GATEWAY_FAULTS_RULES";
        List<FaultRule> rules = new ArrayList<>();
        for (String text : reader.list(
                key,
                List.of(),
                "faults for tests of clients, each a share, tenant= and path= if not any, and delay=, abort= or drop:"
                        + " 10% tenant=UUID path=/api delay=200ms")) {
            try {
                rules.add(FaultRule.parse(text));
            } catch (IllegalArgumentException invalid) {
                reader.problem(key + ": " + invalid.getMessage() + " in '" + text + "'");
            }
        }
        if (rules.size() > RULES_MAX) {
            reader.problem(key + ": expected at most " + RULES_MAX + " rules, got " + rules.size());
        }
        Optional<Secret> secret = reader.optionalSecret(
                "GATEWAY_FAULTS_SECRET",
                "at least " + SECRET_BYTES_MIN + " bytes; requests may ask for a fault of their own by a token, signed"
                        + " with it (HS256), in the header " + Faults.HEADER);
        secret.ifPresent(given -> {
            int bytes = given.reveal().getBytes(StandardCharsets.UTF_8).length;
            if (bytes < SECRET_BYTES_MIN) {
                reader.problem("GATEWAY_FAULTS_SECRET: expected at least " + SECRET_BYTES_MIN + " bytes, got " + bytes);
            }
        });
        return new FaultConfig(rules, secret);
    }

    boolean isOn() {
        return !rules.isEmpty() || secret.isPresent();
    }
}
