package io.percolate.gateway.bench.demo;

import io.percolate.gateway.fixtures.LocalPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Which ports the demo's processes listen on. */
final class Ports {
    static final int EDGE_DEFAULT = 8080;
    static final int EDGE_TLS_DEFAULT = 8443;
    static final int OPS_DEFAULT = 9090;
    static final int MANAGEMENT_DEFAULT = 8090;

    private Ports() {}

    /** The port asked for, which must be free; without one the usual port, or any if that is taken. */
    static int edge(int asked) {
        if (asked != 0) {
            if (!isFree(asked)) {
                throw new DemoException("port " + asked + " is taken; choose another with --port");
            }
            return asked;
        }
        return usual(EDGE_DEFAULT);
    }

    /** The usual port, or any if that is taken. */
    static int usual(int port) {
        return isFree(port) ? port : LocalPort.free();
    }

    static int any() {
        return LocalPort.free();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
