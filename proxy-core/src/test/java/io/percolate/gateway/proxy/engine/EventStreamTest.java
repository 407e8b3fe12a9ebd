package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.routing.failure.FailureKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Server-sent events and other answers that come bit by bit. */
class EventStreamTest {
    private static final String CHUNKED =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String UNTIL_CLOSE = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    /** The pod makes no event before the client has the one before, of whatever size, in whatever framing. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingIsKeptBack(boolean chunked) throws Exception {
        int events = 200;
        Semaphore had = new Semaphore(0);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "Last-Event-ID"))
                            .isEqualTo("41");
                    socket.write(chunked ? CHUNKED : UNTIL_CLOSE);
                    for (int i = 0; i < events; i++) {
                        String event = "id: " + i + "\ndata: " + "x".repeat(i * i % 5000) + "\n\n";
                        socket.write(chunked ? chunk(event) : event);
                        assertThat(had.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                    }
                    if (chunked) {
                        socket.write("0\r\n\r\n");
                    }
                    socket.close();
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(get("/events", "Last-Event-ID: 41"));
            while (!client.readLine().isEmpty()) {}
            for (int i = 0; i < events; i++) {
                StringBuilder event = new StringBuilder();
                while (!event.toString().endsWith("\n\n")) {
                    int size = Integer.parseInt(client.readLine(), 16);
                    event.append(new String(client.in().readNBytes(size), StandardCharsets.US_ASCII));
                    client.readLine();
                }
                assertThat(event).startsWith("id: " + i + "\n");
                had.release();
            }
            assertThat(client.readLine()).isEqualTo("0");
            assertThat(edge.timeline().complete).isTrue();
        }
    }

    @Test
    void thePodHearsAtOnceThatTheClientHasLeft() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(CHUNKED + chunk("data: 1\n\n"));
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                    left.countDown();
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(get("/events"));
            while (!client.readLine().isEmpty()) {}
            client.leave();

            assertThat(left.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(edge.timeline().complete).isFalse();
            assertThat(edge.timeline().answeredBy).isEqualTo(AnsweredBy.POD);
        }
    }

    @Test
    void aSilentStreamOutlivesAllTimeoutsButThatForSilentPods() throws Exception {
        CountDownLatch silence = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_IDLE_TIMEOUT", "50ms",
                        "GATEWAY_EDGE_HEADER_TIMEOUT", "50ms",
                        "GATEWAY_EDGE_BODY_IDLE_TIMEOUT", "50ms",
                        "GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "50ms",
                        "GATEWAY_UPSTREAM_RESPONSE_TIMEOUT", "300ms",
                        "GATEWAY_UPSTREAM_POOL_IDLE_TIMEOUT", "50ms",
                        "GATEWAY_UPSTREAM_IDLE_TIMEOUT", "1200ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(CHUNKED + chunk("data: 1\n\n"));
                    assertThat(silence.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.write(chunk("data: 2\n\n"));
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(get("/events"));
            while (!client.readLine().isEmpty()) {}
            long begun = System.nanoTime();
            await().until(() ->
                    System.nanoTime() - begun > Duration.ofMillis(600).toNanos());
            silence.countDown();

            // Then it is silent for too long, and broken off in a way that no client takes for its end.
            String rest = new String(client.in().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(rest).contains("data: 1", "data: 2").doesNotContain("0\r\n\r\n");
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.POD_RESPONSE_TIMEOUT);
        }
    }

    @Test
    void eventsForAClientThatDoesNotReadStayWithThePod() throws Exception {
        AtomicLong written = new AtomicLong();
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "700ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(CHUNKED);
                    String events = chunk("data: " + "x".repeat(1000) + "\n\n").repeat(60);
                    try {
                        while (written.get() < 1L << 30) {
                            socket.write(events);
                            written.addAndGet(events.length());
                        }
                    } catch (IOException endedAsExpected) {
                        return;
                    }
                });
                RawClient client = new RawClient(edge.hotIn(pod).server.address(), 16 << 10)) {
            client.send(get("/events"));

            assertThat(edge.timeline().failure).isEqualTo(FailureKind.REQUEST_TIMEOUT);
            assertThat(written.get()).isLessThan(32L << 20);
        }
    }
}
