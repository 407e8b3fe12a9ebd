package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for a process to listen, or to answer well. */
final class FirstAnswer {
    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final int READ_MILLIS_MAX = 2_000;
    private static final long PROBE_INTERVAL_NANOS = Duration.ofMillis(1).toNanos();

    private FirstAnswer() {}

    /** Until something accepts connections. */
    static void awaitListening(PinnedProcess process, int port) {
        await(process, System.nanoTime(), () -> {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            }
        });
    }

    /** Until the first 200; milliseconds since the start. */
    static double await(PinnedProcess process, int port, String target, String token, long startedNanos) {
        byte[] request = ("GET " + target + " HTTP/1.1\r\nHost: load.test\r\nAuthorization: Bearer " + token
                        + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        await(process, startedNanos, () -> {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(READ_MILLIS_MAX);
                OutputStream out = socket.getOutputStream();
                out.write(request);
                return new String(
                                socket.getInputStream().readNBytes("HTTP/1.1 200".length()), StandardCharsets.US_ASCII)
                        .endsWith(" 200");
            }
        });
        return (System.nanoTime() - startedNanos) / 1e6;
    }

    private interface Probe {
        boolean answers() throws IOException;
    }

    private static void await(PinnedProcess process, long startedNanos, Probe probe) {
        while (System.nanoTime() - startedNanos < READY_MAX.toNanos() && process.isAlive()) {
            try {
                if (probe.answers()) {
                    return;
                }
            } catch (IOException notYet) {
                // Nobody listens yet, or not for long.
            }
            LockSupport.parkNanos(PROBE_INTERVAL_NANOS);
        }
        throw new IllegalStateException(
                "not ready within " + READY_MAX.toSeconds() + " s, or ended:\n" + process.logTail());
    }
}
