package io.percolate.gateway.routing.fleet;

import java.util.UUID;

/**
 * One gateway process.
 *
 * @param id drawn at its start: a restarted process is another gateway
 * @param host where its ops listener is reached
 * @param opsPort its ops listener's port
 * @param versionLabel the build, e.g. {@code 0.1.0}
 */
public record Gateway(UUID id, String host, int opsPort, String versionLabel) {
    /** A process that starts now. */
    public static Gateway starting(String host, int opsPort, String versionLabel) {
        return new Gateway(UUID.randomUUID(), host, opsPort, versionLabel);
    }
}
