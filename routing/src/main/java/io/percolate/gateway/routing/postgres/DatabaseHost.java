package io.percolate.gateway.routing.postgres;

import java.util.Optional;

/** One of the servers that may hold the management database. */
public record DatabaseHost(String name, int port) {
    private static final int DEFAULT_PORT = 5432;
    private static final int PORT_MAX = 65_535;

    /** Reads {@code host}, {@code host:port} or the same with an IPv6 address in brackets. */
    public static Optional<DatabaseHost> parse(String text) {
        int bracket = text.indexOf(']');
        int colon = text.indexOf(':', Math.max(0, bracket));
        String name = colon < 0 ? text : text.substring(0, colon);
        if (name.startsWith("[") != (bracket >= 0)) {
            return Optional.empty();
        }
        String bare = bracket < 0 ? name : name.substring(1, name.length() - 1);
        if (bare.isBlank()) {
            return Optional.empty();
        }
        try {
            int port = colon < 0 ? DEFAULT_PORT : Integer.parseInt(text, colon + 1, text.length(), 10);
            return port < 1 || port > PORT_MAX ? Optional.empty() : Optional.of(new DatabaseHost(bare, port));
        } catch (NumberFormatException invalid) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return name.indexOf(':') < 0 ? name + ":" + port : "[" + name + "]:" + port;
    }
}
