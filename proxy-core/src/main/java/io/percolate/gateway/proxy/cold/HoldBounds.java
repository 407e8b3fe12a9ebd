package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.EnumMap;
import java.util.Map;

/**
 * How much may be held, beyond the number for a tenant and for the process.
 *
 * @param perTierMax requests of one tier at once, in this process
 * @param bytesMax memory that held requests may take, by what each reserves
 * @param podConcurrency requests released to one pod at once, of all its tenants together
 */
public record HoldBounds(Map<Tier, Integer> perTierMax, long bytesMax, int podConcurrency) {
    /** What a held request takes without its body: its state here, and its head. */
    static final long HEAD_BYTES = 4 << 10;
    /** Reading stops with the first part of a body that has to wait, so that one read of the socket is kept at most. */
    static final long BODY_BYTES_MAX = 64 << 10;

    private static final Map<Tier, Integer> PER_TIER = Map.of(Tier.A, 10_000, Tier.B, 8_000, Tier.C, 6_000);

    static HoldBounds read(ConfigReader reader) {
        Map<Tier, Integer> perTier = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            perTier.put(
                    tier,
                    reader.count(
                            "GATEWAY_COLD_HELD_MAX_TIER_" + tier,
                            PER_TIER.getOrDefault(tier, 0),
                            1,
                            1_000_000,
                            "requests of tier " + tier + " held at once in this process"));
        }
        return new HoldBounds(
                Map.copyOf(perTier),
                reader.size(
                        "GATEWAY_COLD_HELD_BYTES_MAX",
                        64L << 20,
                        1 << 20,
                        1L << 40,
                        "memory that held requests may take; each reserves 4 KiB, and up to 64 KiB for its body"),
                reader.count(
                        "GATEWAY_COLD_RELEASE_CONCURRENCY_POD",
                        256,
                        1,
                        100_000,
                        "held requests let through to one pod at once, of all its tenants in turn"));
    }

    int perTierMax(Tier tier) {
        return perTierMax.getOrDefault(tier, 0);
    }

    /**
     * What a request reserves while it is held.
     *
     * @param contentLength -1 when its body's length is not known
     */
    static long reservation(long contentLength) {
        return HEAD_BYTES + (contentLength < 0 ? BODY_BYTES_MAX : Math.min(contentLength, BODY_BYTES_MAX));
    }
}
