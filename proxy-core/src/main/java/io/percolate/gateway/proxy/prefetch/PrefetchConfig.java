package io.percolate.gateway.proxy.prefetch;

import io.percolate.gateway.routing.config.ConfigReader;

/**
 * Whether, and how many, contexts are fetched ahead.
 *
 * @param contextsPerHour that one process fetches ahead at most; 0 for none
 * @param tenantsMax whose habits are remembered
 */
public record PrefetchConfig(int contextsPerHour, int tenantsMax) {
    public static PrefetchConfig read(ConfigReader reader) {
        return new PrefetchConfig(
                reader.count(
                        "GATEWAY_CONTEXT_PREFETCH_PER_HOUR",
                        0,
                        0,
                        1_000_000,
                        "contexts fetched before their tenants are expected back, by the hours at which they came on the"
                                + " last days; 0 turns it off"),
                reader.count(
                        "GATEWAY_CONTEXT_PREFETCH_TENANTS",
                        100_000,
                        1,
                        10_000_000,
                        "tenants whose hours are remembered, 200 bytes each"));
    }
}
