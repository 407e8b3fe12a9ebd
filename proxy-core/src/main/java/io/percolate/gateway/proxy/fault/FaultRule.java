package io.percolate.gateway.proxy.fault;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A fault for a share of some requests: {@code 10% tenant=6f1c4b1e-... path=/api delay=200ms}, where tenant and path may
 * be left out.
 *
 * @param share of 1
 * @param tenant null for any
 * @param path what paths begin with
 */
public record FaultRule(double share, @Nullable TenantId tenant, String path, Fault fault) {
    /** Reads one; throws {@link IllegalArgumentException} that says what was expected. */
    static FaultRule parse(String text) {
        String[] words = text.strip().split("\\s+", -1);
        if (words.length < 2 || !words[0].endsWith("%")) {
            throw new IllegalArgumentException("expected a share, as 10%, and " + Fault.EXPECTED);
        }
        TenantId tenant = null;
        String path = "/";
        for (int i = 1; i < words.length - 1; i++) {
            if (words[i].startsWith("tenant=")) {
                tenant = TenantId.parse(words[i].substring("tenant=".length()))
                        .orElseThrow(() -> new IllegalArgumentException("expected a UUID after tenant="));
            } else if (words[i].startsWith("path=/")) {
                path = words[i].substring("path=".length());
            } else {
                throw new IllegalArgumentException("expected tenant= or path=/, got '" + words[i] + "'");
            }
        }
        Optional<Fault> fault = Fault.parse(words[words.length - 1]);
        return new FaultRule(
                share(words[0].substring(0, words[0].length() - 1)),
                tenant,
                path,
                fault.orElseThrow(() -> new IllegalArgumentException("expected at its end " + Fault.EXPECTED)));
    }

    private static double share(String percent) {
        try {
            double parsed = Double.parseDouble(percent);
            if (parsed > 0 && parsed <= 100) {
                return parsed / 100;
            }
        } catch (NumberFormatException noNumber) {
            throw new IllegalArgumentException("expected a share such as 10% or 0.5%", noNumber);
        }
        throw new IllegalArgumentException("expected a share above 0% and up to 100%");
    }

    /** @param roll from 0 up to 1, of this request */
    boolean hits(TenantId of, String target, double roll) {
        return roll < share && (tenant == null || tenant.equals(of)) && target.startsWith(path);
    }
}
