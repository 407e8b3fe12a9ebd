package io.percolate.gateway.admin.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** How fast what a command orders goes. */
final class PaceOptions {
    @Option(names = "--concurrent", paramLabel = "N", description = "tenants moved at the same time")
    private @Nullable Integer concurrent;

    @Option(names = "--per-hour", paramLabel = "N", description = "moves begun an hour, evenly spread")
    private @Nullable Integer perHour;

    @Option(
            names = "--hold",
            paramLabel = "MS",
            description = "milliseconds that a moved tenant's requests may wait at most")
    private @Nullable Long holdMillis;

    /** A body with what was given. */
    ObjectNode body() {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        if (concurrent != null) {
            body.put("concurrent", concurrent);
        }
        if (perHour != null) {
            body.put("per_hour", perHour);
        }
        if (holdMillis != null) {
            body.put("hold_ms", holdMillis);
        }
        return body;
    }
}
