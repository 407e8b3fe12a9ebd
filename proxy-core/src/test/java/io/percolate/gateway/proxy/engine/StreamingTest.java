package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.tenant.TenantRoute;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Sinks;

/** Bodies stream through in both directions, byte by byte the same, and who is slow slows the other side. */
class StreamingTest {
    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bodiesPassUnchangedInBothDirections(boolean chunked) throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        int bytes = 8 * MIB;
        CompletableFuture<String> received = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    received.complete(chunked ? digestChunks(socket) : digest(socket.in(), bytes));
                    socket.write(head("HTTP/1.1 200 OK", bytes, chunked));
                    write(socket.out(), bytes, chunked, new SplittableRandom(seed + 1));
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(head(request("POST", "/").stripTrailing(), bytes, chunked));
            String sent = write(client.out(), bytes, chunked, new SplittableRandom(seed));
            assertThat(received.get(30, TimeUnit.SECONDS)).isEqualTo(sent);

            RawClient.Answer answer = client.read();
            byte[] body = answer.body().getBytes(StandardCharsets.ISO_8859_1);
            assertThat(hex(digest().digest(body)))
                    .isEqualTo(write(OutputStream.nullOutputStream(), bytes, chunked, new SplittableRandom(seed + 1)));
        }
    }

    @Test
    void aSlowReaderSlowsThePod() throws Exception {
        AtomicLong written = new AtomicLong();
        long bytes = 256L * MIB;
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nContent-Length: " + bytes + "\r\n\r\n");
                    byte[] part = new byte[64 << 10];
                    try {
                        while (written.get() < bytes) {
                            socket.out().write(part);
                            written.addAndGet(part.length);
                        }
                    } catch (IOException endedAsExpected) {
                        return;
                    }
                });
                RawClient client = new RawClient(edge.hotIn(pod).server.address(), 16 << 10)) {
            client.send(get("/"));
            while (!client.readLine().isEmpty()) {}
            await().until(() -> written.get() > 0);
            // Only what sockets and the edge's bounded buffers hold has left the pod.
            long[] last = {-1};
            await().pollInterval(Duration.ofMillis(200)).until(() -> {
                long now = written.get();
                boolean still = now == last[0];
                last[0] = now;
                return still;
            });
            assertThat(written.get()).isLessThan(32L * MIB);
            client.in().readNBytes(16 * MIB);
            await().until(() -> written.get() > last[0]);
            client.reset();
        }
    }

    @Test
    void aSlowPodSlowsTheClient() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        long bytes = 64L * MIB;
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(read.await(20, TimeUnit.SECONDS)).isTrue();
                    socket.in().skipNBytes(bytes);
                    socket.respond("all");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(request("POST", "/", "Content-Length: " + bytes) + "\r\n");
            AtomicLong written = upload(client, bytes);
            awaitStill(written);
            assertThat(written.get()).isLessThan(32L * MIB);
            read.countDown();
            assertThat(client.read().body()).isEqualTo("all");
        }
    }

    @Test
    void theBodyOfAHeldRequestStaysWithTheClient() throws Exception {
        Sinks.One<TenantRoute> wake = Sinks.one();
        long bytes = 64L * MIB;
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.in().skipNBytes(bytes);
                    socket.respond("all");
                });
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.wakes.outcome(wake.asMono());
            client.send(request("POST", "/", "Content-Length: " + bytes) + "\r\n");
            AtomicLong written = upload(client, bytes);
            awaitStill(written);
            assertThat(written.get()).isLessThan(16L * MIB);
            wake.tryEmitValue(TestEdge.hot(pod.address(), 1)).orThrow();
            assertThat(client.read().body()).isEqualTo("all");
        }
    }

    @Test
    void aClientThatTakesNothingIsGivenUp() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "300ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nContent-Length: " + 256L * MIB + "\r\n\r\n");
                    byte[] part = new byte[64 << 10];
                    try {
                        while (true) {
                            socket.out().write(part);
                        }
                    } catch (IOException endedAsExpected) {
                        return;
                    }
                });
                RawClient client = new RawClient(edge.hotIn(pod).server.address(), 16 << 10)) {
            client.send(get("/"));
            await().until(() -> edge.timelines.size() == 1);
            assertThat(edge.timeline().complete).isFalse();
        }
    }

    private static AtomicLong upload(RawClient client, long bytes) {
        AtomicLong written = new AtomicLong();
        Thread.ofPlatform().daemon().start(() -> {
            byte[] part = new byte[64 << 10];
            try {
                while (written.get() < bytes) {
                    client.out().write(part);
                    written.addAndGet(part.length);
                }
            } catch (IOException ended) {
                written.set(-1);
            }
        });
        return written;
    }

    private static void awaitStill(AtomicLong written) {
        long[] last = {-1};
        await().pollInterval(Duration.ofMillis(200)).until(() -> {
            long now = written.get();
            boolean still = now > 0 && now == last[0];
            last[0] = now;
            return still;
        });
    }

    private static String head(String start, long bytes, boolean chunked) {
        return start + "\r\n" + (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + bytes) + "\r\n\r\n";
    }

    /** Writes random bytes in parts of random sizes; answers their digest. */
    private static String write(OutputStream out, int bytes, boolean chunked, SplittableRandom random)
            throws Exception {
        MessageDigest digest = digest();
        for (int left = bytes; left > 0; ) {
            byte[] part = new byte[Math.min(left, random.nextInt(1, 100_000))];
            random.nextBytes(part);
            digest.update(part);
            if (chunked) {
                out.write((Integer.toHexString(part.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            }
            out.write(part);
            if (chunked) {
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            left -= part.length;
        }
        if (chunked) {
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        out.flush();
        return hex(digest.digest());
    }

    private static String digest(InputStream in, long bytes) throws Exception {
        MessageDigest digest = digest();
        byte[] part = new byte[64 << 10];
        for (long left = bytes; left > 0; ) {
            int read = in.read(part, 0, (int) Math.min(left, part.length));
            assertThat(read).isPositive();
            digest.update(part, 0, read);
            left -= read;
        }
        return hex(digest.digest());
    }

    private static String digestChunks(PodSocket socket) throws Exception {
        MessageDigest digest = digest();
        for (int size = Integer.parseInt(socket.readLine(), 16);
                size > 0;
                size = Integer.parseInt(socket.readLine(), 16)) {
            digest.update(socket.readBytes(size));
            socket.readLine();
        }
        socket.readLine();
        return hex(digest.digest());
    }

    private static MessageDigest digest() throws Exception {
        return MessageDigest.getInstance("SHA-256");
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
