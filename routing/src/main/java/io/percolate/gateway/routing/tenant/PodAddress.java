package io.percolate.gateway.routing.tenant;

/** Where a tier pod listens: an IP address or resolvable host name, and a port. */
public record PodAddress(String host, int port) {
    private static final int PORT_MAX = 65_535;

    public PodAddress {
        if (host.isBlank()) {
            throw new IllegalArgumentException("a pod address needs a host");
        }
        if (port < 1 || port > PORT_MAX) {
            throw new IllegalArgumentException("a port is between 1 and " + PORT_MAX + ": " + port);
        }
    }

    @Override
    public String toString() {
        return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
    }
}
