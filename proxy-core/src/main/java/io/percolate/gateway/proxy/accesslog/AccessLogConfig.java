package io.percolate.gateway.proxy.accesslog;

import io.percolate.gateway.routing.config.ConfigReader;

/**
 * Whether and how requests are logged.
 *
 * @param query whether the target's query is logged; what looks like a token never is
 * @param linesMax how many lines may wait for standard output; more are dropped and counted
 */
public record AccessLogConfig(Format format, boolean query, int linesMax) {
    private static final int LINES_MAX_DEFAULT = 16_384;

    /** What a line looks like. */
    public enum Format {
        OFF,
        TEXT,
        JSON
    }

    public static AccessLogConfig read(ConfigReader reader) {
        return new AccessLogConfig(
                reader.choice(
                        "GATEWAY_OPS_ACCESS_LOG",
                        Format.class,
                        Format.OFF,
                        "one line for each request, on standard output"),
                reader.flag(
                        "GATEWAY_OPS_ACCESS_LOG_QUERY",
                        false,
                        "whether the access log keeps the query of the target; what looks like a token never stays"),
                reader.count(
                        "GATEWAY_OPS_ACCESS_LOG_LINES_MAX",
                        LINES_MAX_DEFAULT,
                        1,
                        1 << 20,
                        "lines that may wait to be written; more are dropped and counted"));
    }
}
