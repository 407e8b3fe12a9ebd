package io.percolate.gateway.proxy.resilience;

import io.netty.util.AsciiString;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How long a request may take in all: in wait for its pod, on the way there, again, and in being answered.
 *
 * @param byTier from a request's first byte on; zero for no bound
 * @param askedMax the most that a trusted proxy may ask for
 * @param header in which trusted proxies say how many milliseconds there are, and pods are told how many are left; null
 *     for none
 */
public record DeadlineConfig(
        Map<Tier, Duration> byTier,
        Duration askedMax,
        @Nullable AsciiString header) {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String OFF = "off";

    public DeadlineConfig {
        byTier = Map.copyOf(byTier);
    }

    /** Reads the keys {@code GATEWAY_DEADLINE_*}. */
    static DeadlineConfig read(ConfigReader reader) {
        Map<Tier, Duration> byTier = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            byTier.put(
                    tier,
                    reader.duration(
                            "GATEWAY_DEADLINE_TIER_" + tier.name(),
                            Duration.ZERO,
                            Duration.ZERO,
                            HOUR,
                            "for a request of tier " + tier.name()
                                    + " in all, holds and retries included; streams and WebSockets only up to their head;"
                                    + " 0 for no bound but those of each step"));
        }
        return new DeadlineConfig(
                byTier,
                reader.duration(
                        "GATEWAY_DEADLINE_ASKED_MAX",
                        HOUR,
                        Duration.ofMillis(50),
                        HOUR.multipliedBy(24),
                        "the most that a trusted proxy may ask for"),
                header(reader));
    }

    private static @Nullable AsciiString header(ConfigReader reader) {
        String key = "GATEWAY_DEADLINE_HEADER";
        String name = reader.text(
                key,
                "X-Request-Timeout-Ms",
                "field in which trusted proxies say how many milliseconds a request has, and pods are told how many are"
                        + " left; off for none. gRPC has its own, which always holds");
        if (name.equals(OFF)) {
            return null;
        }
        if (!name.matches("[A-Za-z][A-Za-z0-9-]{0,63}")) {
            reader.problem(
                    key + ": expected the name of a header field, of letters, digits and hyphens, got '" + name + "'");
            return null;
        }
        return AsciiString.cached(name);
    }

    /** For a request of this tier; 0 for no bound. */
    public long nanos(Tier tier) {
        return Objects.requireNonNull(byTier.get(tier)).toNanos();
    }

    /** What a trusted proxy has asked for, within the bound; -1 where that is no number of milliseconds. */
    public long askedNanos(String text) {
        int length = text.length();
        if (length == 0 || length > 15) {
            return -1;
        }
        long millis = 0;
        for (int i = 0; i < length; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            millis = 10 * millis + digit;
        }
        return Math.min(millis, askedMax.toMillis()) * 1_000_000;
    }
}
