package io.percolate.gateway.proxy.engine;

import static io.netty.handler.codec.http2.Http2Error.CANCEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.Edge.ConnectionAbuse;
import io.percolate.gateway.proxy.engine.FrameClient.Event;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Clients of HTTP/2 that cost more than they bring lose their connections; the others do not notice. */
class Http2AbuseTest {
    private interface Abuse {
        void goOn(FrameClient client, int round) throws IOException;
    }

    @Test
    void requestsTakenBackAgainAndAgain() throws Exception {
        check(ConnectionAbuse.RESETS, (client, round) -> {
            client.get(2 * round + 1, "/taken-back");
            client.reset(2 * round + 1, CANCEL);
        });
    }

    @Test
    void resetsThatTheClientProvokes() throws Exception {
        check(ConnectionAbuse.PROVOKED_RESETS, (client, round) -> {
            client.post(2 * round + 1, "/provoking");
            client.window(2 * round + 1, 0);
        });
    }

    @Test
    void malformedRequestsAgainAndAgain() throws Exception {
        check(
                ConnectionAbuse.PROVOKED_RESETS,
                (client, round) -> client.get(2 * round + 1, "/provoking", "connection=close"));
    }

    @Test
    void settings() throws Exception {
        check(ConnectionAbuse.CONTROL_FRAMES, (client, round) -> client.frame(FrameClient.SETTINGS, 0, 0));
    }

    @Test
    void pings() throws Exception {
        check(ConnectionAbuse.CONTROL_FRAMES, (client, round) -> client.ping());
    }

    @Test
    void priorities() throws Exception {
        check(
                ConnectionAbuse.CONTROL_FRAMES,
                (client, round) -> client.frame(FrameClient.PRIORITY, 0, 2 * round + 1, new byte[] {0, 0, 0, 0, 9}));
    }

    @Test
    void windowsThatNothingIsSentInto() throws Exception {
        check(ConnectionAbuse.CONTROL_FRAMES, (client, round) -> client.window(0, 1));
    }

    @Test
    void framesOfUnknownTypes() throws Exception {
        check(ConnectionAbuse.CONTROL_FRAMES, (client, round) -> client.frame(99, 0, 0, new byte[100]));
    }

    @Test
    void emptyParts() throws Exception {
        check(ConnectionAbuse.EMPTY_DATA, (client, round) -> {
            if (round == 0) {
                client.post(1, "/empty");
            }
            client.data(1, "", false);
        });
    }

    @Test
    void headerBlocksInSmallParts() throws Exception {
        check(ConnectionAbuse.CONTINUATIONS, (client, round) -> {
            if (round == 0) {
                client.frame(FrameClient.HEADERS, FrameClient.END_STREAM, 1, FrameClient.request("GET", "/"));
            }
            client.frame(FrameClient.CONTINUATION, 0, 1, FrameClient.block("x-a=b"));
        });
    }

    @Test
    void headerBlocksWithoutEnd() throws Exception {
        check(ConnectionAbuse.HEADER_BLOCK, (client, round) -> {
            if (round == 0) {
                client.frame(FrameClient.HEADERS, FrameClient.END_STREAM, 1, FrameClient.request("GET", "/"));
            }
            client.frame(FrameClient.CONTINUATION, 0, 1, FrameClient.block("x-a=" + "b".repeat(10_000)));
        });
    }

    /** One field of four kilobytes, put into the table once and then named by single bytes. */
    @Test
    void fieldsThatGrowOnlyWhenTheyAreDecoded() throws Exception {
        try (TestEdge edge = new TestEdge();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            byte[] head = FrameClient.request("GET", "/");
            byte[] bomb = new byte[16_000];
            Arrays.fill(bomb, (byte) 0xbe);
            byte[] large = FrameClient.block("x-large=" + "b".repeat(3_900));
            large[0] = 0x40;
            byte[] block = new byte[head.length + large.length + 10_000];
            System.arraycopy(head, 0, block, 0, head.length);
            System.arraycopy(large, 0, block, head.length, large.length);
            System.arraycopy(bomb, 0, block, head.length + large.length, 10_000);
            client.frame(FrameClient.HEADERS, FrameClient.END_STREAM | FrameClient.END_HEADERS, 1, block);
            assertThat(client.read(1).status).isEqualTo(431);
            client.get(3, "/");
            assertThat(client.read(3).status).isEqualTo(403);
        }
    }

    @Test
    void headerBlocksThatComeTooSlowly() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_HEADER_TIMEOUT", "300ms");
                FrameClient client = FrameClient.connect(edge.server.address())) {
            client.until("settings-ack");
            client.frame(FrameClient.HEADERS, FrameClient.END_STREAM, 1, FrameClient.request("GET", "/"));
            assertThat(client.until("goaway")).hasToString("goaway ENHANCE_YOUR_CALM");
            assertThat(client.until("closed").kind()).isEqualTo("closed");
            assertThat(edge.server.abusiveConnections(ConnectionAbuse.SLOW_HEAD))
                    .isEqualTo(1);
        }
    }

    @Test
    void framesThatComeTooSlowly() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_HEADER_TIMEOUT", "300ms");
                FrameClient client = FrameClient.connect(edge.server.address())) {
            client.send(new byte[] {0, 0, 8, 6, 0});
            assertThat(client.until("goaway")).hasToString("goaway ENHANCE_YOUR_CALM");
            assertThat(edge.server.abusiveConnections(ConnectionAbuse.SLOW_HEAD))
                    .isEqualTo(1);
        }
    }

    @Test
    void aPrefaceThatDoesNotComeToItsEnd() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_HEADER_TIMEOUT", "300ms");
                FrameClient client = FrameClient.silent(edge.server.address())) {
            client.send(FrameClient.PREFACE.substring(0, 10).getBytes(StandardCharsets.US_ASCII));
            assertThat(client.next().kind()).isEqualTo("closed");
            await().until(() -> edge.server.activeConnections() == 0);
        }
    }

    @Test
    void connectionsWithoutRequestsAreGivenUp() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_IDLE_TIMEOUT", "300ms");
                FrameClient client = FrameClient.connect(edge.server.address())) {
            client.get(1, "/");
            assertThat(client.read(1).status).isEqualTo(403);
            client.ping();
            assertThat(client.until("goaway")).hasToString("goaway NO_ERROR");
            assertThat(client.lastStream()).isEqualTo(1);
            assertThat(client.until("closed").kind()).isEqualTo("closed");
            assertThat(edge.server.abusiveConnections(ConnectionAbuse.SLOW_HEAD))
                    .isZero();
        }
    }

    /** The window stays shut for one stream only; the connection and its other streams go on. */
    @Test
    void aStreamThatIsGivenNoWindowEndsAlone() throws Exception {
        AtomicLong written = new AtomicLong();
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "500ms");
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            pod.then(socket -> pourOut(socket, written)).then(socket -> {
                while (true) {
                    if (socket.readHead().getFirst().contains("last")) {
                        socket.respond("ok");
                        return;
                    }
                    socket.respond("ok");
                }
            });
            edge.hotIn(pod);
            client.givesWindow(false).window(0, 1 << 24).get(1, "/large");
            int other = 3;
            while (client.answer(1).reset == null) {
                client.get(other, "/other");
                assertThat(client.read(other).text()).isEqualTo("ok");
                other += 2;
            }
            assertThat(client.answer(1).ended).isFalse();
            client.get(other, "/last");
            assertThat(client.read(other).status).isEqualTo(200);
            assertThat(written.get()).isLessThan(16L << 20);
            await().until(() -> edge.server.activeRequests() == 0);
        }
    }

    /** As h2load -w 10: each half of a window is given back, of the stream and of the connection. */
    @Test
    void aClientWithASmallWindowGetsLargeAnswers() throws Exception {
        int bytes = 3 << 20;
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address(), FrameClient.setting(4, 512))) {
            pod.then(socket -> {
                socket.readHead();
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: " + bytes + "\r\n\r\n");
                socket.out().write(new byte[bytes]);
            });
            edge.hotIn(pod);

            client.keepsBodies(false).get(1, "/large");

            assertThat(client.read(1).bodyBytes).isEqualTo(bytes);
        }
    }

    /** The loop finds its connection closed and the pod's answer there in one round, before streams hear of the end. */
    @Test
    void theRequestOfAClientThatLeavesEndsOnce() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.hotIn(pod).server.address())) {
            pod.then(socket -> {
                socket.readHead();
                asked.countDown();
                assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
                socket.respond("late");
                answered.countDown();
            });
            client.get(1, "/left");
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            AtomicBoolean released = new AtomicBoolean();
            CountDownLatch busy = new CountDownLatch(1);
            edge.server.eventLoops().getFirst().execute(() -> {
                // No hint to the processor: BlockHound takes that for waiting.
                while (!released.get()) {
                    busy.countDown();
                }
            });
            assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();

            client.abandon();
            told.countDown();
            assertThat(answered.await(10, TimeUnit.SECONDS)).isTrue();
            released.set(true);

            await().until(() -> edge.server.activeConnections() == 0 && !edge.timelines.isEmpty());
            assertThat(edge.server.activeRequests()).isZero();
            assertThat(edge.timelines).hasSize(1);
        }
    }

    @Test
    void aClientThatReadsNothingLosesItsConnection() throws Exception {
        AtomicLong written = new AtomicLong();
        byte[] window = FrameClient.setting(4, Integer.MAX_VALUE);
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "500ms");
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.slow(edge.server.address(), 4 << 10, window)) {
            pod.then(socket -> pourOut(socket, written));
            edge.hotIn(pod);
            client.window(0, Integer.MAX_VALUE - 65_535).get(1, "/large");
            await().until(() -> edge.server.activeConnections() == 0);
            await().until(() -> edge.timelines.size() == 1);
            assertThat(edge.timelines.getFirst().complete).isFalse();
            assertThat(edge.server.abusiveConnections(ConnectionAbuse.NOT_READING))
                    .isEqualTo(1);
            assertThat(written.get()).isLessThan(16L << 20);
        }
    }

    private static void pourOut(PodSocket socket, AtomicLong written) throws IOException {
        socket.readHead();
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        byte[] part = new byte[64 << 10];
        try {
            while (true) {
                socket.out().write(part);
                written.addAndGet(part.length);
            }
        } catch (SocketException ended) {
            // The edge has given up the answer.
        }
    }

    private static void check(ConnectionAbuse kind, Abuse abuse) throws Exception {
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_HTTP2_RESETS_MAX", "50",
                        "GATEWAY_EDGE_HTTP2_PROVOKED_RESETS_MAX", "50",
                        "GATEWAY_EDGE_HTTP2_CONTROL_FRAMES_MAX", "100");
                RecordingPod pod = new RecordingPod("2.0");
                FrameClient other = FrameClient.connect(edge.server.address());
                FrameClient client = FrameClient.connect(edge.server.address())) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            other.post(1, "/other").data(1, "begun", false);
            try {
                for (int round = 0; round < 300; round++) {
                    abuse.goOn(client, round);
                }
            } catch (SocketException ended) {
                // As it should be, sooner or later.
            }
            Event last = client.until("goaway");
            assertThat(last.detail()).isIn("ENHANCE_YOUR_CALM", "");
            if (last.kind().equals("goaway")) {
                assertThat(client.until("closed").kind()).isEqualTo("closed");
            }
            assertThat(edge.server.abusiveConnections(kind)).isEqualTo(1);
            other.data(1, "ended", true);
            assertThat(other.read(1).status).isEqualTo(200);
            other.get(3, "/next");
            assertThat(other.read(3).status).isEqualTo(200);
            await().until(() -> edge.server.activeRequests() == 0);
        }
    }
}
