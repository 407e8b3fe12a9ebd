package io.percolate.gateway.routing.process;

import io.percolate.gateway.routing.config.ConfigReader;

/** How a process writes its log; libraries below WARN are never shown unless everything is. */
public record LogConfig(Format format, Level level) {
    /** What a line looks like. */
    public enum Format {
        TEXT,
        JSON
    }

    /** The least severe level that is written. */
    public enum Level {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR
    }

    public static LogConfig read(ConfigReader reader) {
        return new LogConfig(
                reader.choice(
                        "GATEWAY_LOG_FORMAT", Format.class, Format.TEXT, "form of the log's lines, on standard error"),
                reader.choice("GATEWAY_LOG_LEVEL", Level.class, Level.INFO, "least severe level that is logged"));
    }
}
