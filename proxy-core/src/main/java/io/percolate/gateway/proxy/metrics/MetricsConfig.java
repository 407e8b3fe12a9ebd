package io.percolate.gateway.proxy.metrics;

import io.percolate.gateway.routing.config.ConfigReader;

/**
 * What is measured.
 *
 * @param tenantsMax how many tenants, the busiest, become a label; 0 for none
 */
public record MetricsConfig(int tenantsMax) {
    private static final int TENANTS_MAX = 200;

    public static MetricsConfig read(ConfigReader reader) {
        return new MetricsConfig(reader.count(
                "GATEWAY_OPS_METRICS_TENANTS_MAX",
                20,
                0,
                TENANTS_MAX,
                "how many tenants, the busiest of the last minute, get a series of their own"));
    }
}
