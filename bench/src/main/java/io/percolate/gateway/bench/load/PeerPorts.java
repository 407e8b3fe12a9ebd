package io.percolate.gateway.bench.load;

import java.util.OptionalInt;

/**
 * Where a peer listens.
 *
 * @param secure for TLS beside it; none unless a case asks for it, since a listener more would count in others
 */
record PeerPorts(int clear, OptionalInt secure) {
    static PeerPorts clear(int port) {
        return new PeerPorts(port, OptionalInt.empty());
    }

    static PeerPorts free(boolean secured) {
        return new PeerPorts(Ports.free(), secured ? OptionalInt.of(Ports.free()) : OptionalInt.empty());
    }

    int forCase(LoadCase load) {
        return load.isSecure() ? secure.orElseThrow() : clear;
    }
}
