package io.percolate.gateway.routing.token.keys;

import io.percolate.gateway.routing.config.ConfigReader;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Where public keys come from and how they are kept fresh.
 *
 * @param url at most one of this and {@code file} is present
 * @param refreshInterval between successful fetches in the background, give or take a tenth
 * @param timeout of one fetch as a whole
 * @param keepMax how long the last good key set serves while fetches fail
 * @param unknownInterval between fetches that tokens with unknown keys cause, on average
 */
public record JwksConfig(
        Optional<URI> url,
        Optional<Path> file,
        Duration refreshInterval,
        Duration timeout,
        Duration keepMax,
        Duration unknownInterval) {

    public JwksConfig {
        if (url.isPresent() && file.isPresent()) {
            throw new IllegalArgumentException("a key set comes by URL or by file, not both");
        }
    }

    /** @param prefix of the keys that say where this issuer's keys are; how they are kept fresh is the same for all */
    public static JwksConfig read(ConfigReader reader, String prefix) {
        String urlKey = prefix + "JWKS_URL";
        String fileKey = prefix + "JWKS_FILE";
        Optional<URI> url =
                reader.optionalUri(urlKey, Set.of("http", "https"), "where the issuer publishes its keys (JWK set)");
        Optional<Path> file = reader.optionalFile(fileKey, "file that holds the issuer's keys (JWK set)");
        if (url.isPresent() && file.isPresent()) {
            reader.problem("give either " + urlKey + " or " + fileKey + ", not both");
            file = Optional.empty();
        }
        if (url.map(URI::getRawUserInfo).isPresent()) {
            reader.problem(urlKey + ": expected a URL without user and password");
        }
        return new JwksConfig(
                url,
                file,
                reader.duration(
                        "GATEWAY_JWKS_REFRESH_INTERVAL",
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(1),
                        Duration.ofDays(1),
                        "how often keys are fetched again in the background"),
                reader.duration(
                        "GATEWAY_JWKS_TIMEOUT",
                        Duration.ofSeconds(3),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(1),
                        "deadline of one fetch of keys"),
                reader.duration(
                        "GATEWAY_JWKS_KEEP_MAX",
                        Duration.ofDays(1),
                        Duration.ofMinutes(1),
                        Duration.ofDays(365),
                        "how long the last good keys serve while fetching them fails"),
                reader.duration(
                        "GATEWAY_JWKS_UNKNOWN_INTERVAL",
                        RefetchBudget.INTERVAL,
                        Duration.ofSeconds(1),
                        RefetchBudget.INTERVAL,
                        "how often tokens with unknown keys may cause a fetch, on average, five at once after a quiet"
                                + " time; 1s shows a rotated key within a second whatever names are made up meanwhile"));
    }

    public boolean isPresent() {
        return url.isPresent() || file.isPresent();
    }
}
