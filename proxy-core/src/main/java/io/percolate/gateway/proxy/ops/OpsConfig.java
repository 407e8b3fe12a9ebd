package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.time.Duration;
import java.util.Optional;

/**
 * The ops listener.
 *
 * @param token what changes need as bearer token; without it they are taken from the loopback interface only
 * @param livenessDeadline how late an event loop may be before the process counts as stuck
 */
public record OpsConfig(String host, int port, Optional<Secret> token, Duration livenessDeadline) {
    private static final int PORT_DEFAULT = 9090;

    public static OpsConfig read(ConfigReader reader) {
        return new OpsConfig(
                reader.text(
                        "GATEWAY_OPS_HOST",
                        "0.0.0.0",
                        "address that the ops listener binds; probes of Kubernetes come from outside the pod"),
                reader.port(
                        "GATEWAY_OPS_PORT",
                        PORT_DEFAULT,
                        "port of the ops listener: health, readiness, metrics, routes, flush, drain"),
                reader.optionalSecret(
                        "GATEWAY_OPS_TOKEN",
                        "bearer token for flush and drain; without it they are taken from this machine only"),
                reader.duration(
                        "GATEWAY_OPS_LIVENESS_DEADLINE",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(10),
                        Duration.ofMinutes(1),
                        "how late an event loop may be before /health says that the process is stuck"));
    }
}
