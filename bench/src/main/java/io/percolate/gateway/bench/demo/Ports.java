package io.percolate.gateway.bench.demo;

import io.percolate.gateway.fixtures.LocalPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Which ports the demo's processes listen on. */
final class Ports {
    static final int EDGE_DEFAULT = 8080;

    private Ports() {}

    /** The port asked for, which must be free; without one the usual port, or any if that is taken. */
    static int edge(int asked) {
        if (asked != 0) {
            if (!isFree(asked)) {
                throw new DemoException("port " + asked + " is taken; choose another with --port");
            }
            return asked;
        }
        return isFree(EDGE_DEFAULT) ? EDGE_DEFAULT : LocalPort.free();
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
