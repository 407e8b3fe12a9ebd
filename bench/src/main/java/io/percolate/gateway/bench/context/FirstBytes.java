package io.percolate.gateway.bench.context;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.percolate.gateway.routing.tenant.TenantId;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests at a steady rate, each on a connection of its own, timed from the moment at which it was due until the first
 * byte of its body is there; the rest is read to the end.
 */
final class FirstBytes {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final long[] nanos;
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicReference<String> firstFailure = new AtomicReference<>("");

    private FirstBytes(int requests) {
        nanos = new long[requests];
    }

    /** Asks for the contexts of these tenants, one after the other, and from the first again. */
    static FirstBytes run(InetSocketAddress edge, List<TenantId> tenants, int perSecond, int requests, long bodyBytes) {
        FirstBytes run = new FirstBytes(requests);
        long begun = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < requests; i++) {
                int number = i;
                byte[] request = Rig.request(tenants.get(i % tenants.size()));
                long due = begun + i * (Duration.ofSeconds(1).toNanos() / perSecond);
                long left;
                while ((left = due - System.nanoTime()) > 0) {
                    LockSupport.parkNanos(left);
                }
                threads.execute(() -> run.ask(edge, request, number, due, bodyBytes));
            }
        }
        Arrays.sort(run.nanos);
        return run;
    }

    private void ask(InetSocketAddress edge, byte[] request, int number, long due, long bodyBytes) {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(edge, TIMEOUT_MILLIS);
            socket.getOutputStream().write(request);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
            String status = line(in);
            while (!line(in).isEmpty()) {}
            int first = in.read();
            nanos[number] = System.nanoTime() - due;
            if (!status.contains(" 200 ") || first < 0) {
                failed(status + " " + (char) Math.max(first, ' ') + new String(in.readAllBytes(), ISO_8859_1));
                return;
            }
            in.skipNBytes(bodyBytes - 1);
        } catch (IOException failed) {
            nanos[number] = Math.max(nanos[number], System.nanoTime() - due);
            failed(failed.toString());
        }
    }

    private void failed(String how) {
        failures.incrementAndGet();
        firstFailure.compareAndSet("", how);
    }

    /** What the first that failed met; empty when none did. */
    String firstFailure() {
        return firstFailure.get();
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    int failures() {
        return failures.get();
    }

    int count() {
        return nanos.length;
    }

    /** @param share from 0 to 1 */
    double millisAt(double share) {
        return nanos[Math.clamp((int) Math.ceil(share * nanos.length) - 1, 0, nanos.length - 1)] / 1e6;
    }
}
