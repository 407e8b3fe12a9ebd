package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.tls.KeyFiles;
import io.percolate.gateway.proxy.engine.tls.TlsMaterialException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * TLS to pods.
 *
 * @param authorities certificates of those who sign for pods; null for the JDK's own
 * @param key who the gateway is to pods; null when it need not say so
 * @param names what pods of a tier prove instead of the host that they are addressed by
 * @param reload how often the files are looked at
 */
public record PodTlsConfig(
        @Nullable Path authorities, @Nullable KeyFiles key, Map<Tier, String> names, Duration reload) {
    private static final Pattern NAME = Pattern.compile(
            "spiffe://[a-z0-9._-]{1,255}(/[A-Za-z0-9._-]{1,255}){0,16}|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

    public PodTlsConfig {
        names = Map.copyOf(names);
    }

    /** Reads the keys {@code GATEWAY_UPSTREAM_TLS_*}. */
    static PodTlsConfig read(ConfigReader reader) {
        Path authorities = reader.optionalFile(
                        "GATEWAY_UPSTREAM_TLS_CA_FILE",
                        "certificates (PEM) of the authorities that sign for pods; without it those of the JDK count")
                .orElse(null);
        Optional<String> key = reader.optionalText(
                "GATEWAY_UPSTREAM_TLS_KEY", "who the gateway is to pods that ask (mTLS): " + KeyFiles.FORM);
        Map<Tier, String> names = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            String option = "GATEWAY_UPSTREAM_TLS_NAME_TIER_" + tier.name();
            reader.optionalText(
                            option,
                            "what pods of tier " + tier.name()
                                    + " prove to be: a DNS name, or a SPIFFE id; without it the host of their address")
                    .ifPresent(name -> {
                        if (NAME.matcher(name).matches()) {
                            names.put(tier, name);
                        } else {
                            reader.problem(
                                    option + ": expected a DNS name or spiffe://domain/path, got '" + name + "'");
                        }
                    });
        }
        Duration reload = reader.duration(
                "GATEWAY_UPSTREAM_TLS_RELOAD_INTERVAL",
                Duration.ofSeconds(10),
                Duration.ofMillis(50),
                Duration.ofHours(1),
                "between two looks at the files of TLS to pods");
        return new PodTlsConfig(
                authorities, key.map(text -> files(reader, text)).orElse(null), names, reload);
    }

    private static @Nullable KeyFiles files(ConfigReader reader, String text) {
        try {
            return KeyFiles.parse(text);
        } catch (TlsMaterialException unusable) {
            reader.problem("GATEWAY_UPSTREAM_TLS_KEY: " + unusable.getMessage());
            return null;
        }
    }
}
