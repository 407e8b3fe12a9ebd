package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.Edge.ConnectionBound;
import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.routing.failure.FailureKind;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Clients that are slow on purpose, or too many, lose their connections; the others do not notice. */
class AbuseTest {
    private static final int ABUSERS = 100;

    @Test
    void slowHeadsAreCutOff() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_HEADER_TIMEOUT", "500ms");
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            List<RawClient> abusers = abusers(edge, "GET / HTTP/1.1\r\nHost: a\r\n");
            // A byte now and then does not buy them time: the head has a deadline as a whole.
            checkOthers(edge, () -> trickle(abusers, "A"));
            for (RawClient abuser : abusers) {
                assertThat(abuser.read().status()).isEqualTo(408);
                assertThat(abuser.isEnded()).isTrue();
                abuser.close();
            }
            await().until(() -> edge.server.activeConnections() == 0);
        }
    }

    @Test
    void slowBodiesAreCutOffAndNeverWholeForThePod() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_BODY_IDLE_TIMEOUT", "500ms");
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            List<RawClient> abusers =
                    abusers(edge, request("POST", "/slow", "Transfer-Encoding: chunked") + "\r\n5\r\nfirst\r\n");
            // Parts of a chunk's size are no parts of the body.
            checkOthers(edge, () -> trickle(abusers, "0"));
            for (RawClient abuser : abusers) {
                assertThat(abuser.read().status()).isEqualTo(408);
                assertThat(abuser.isEnded()).isTrue();
                abuser.close();
            }
            await().until(() -> edge.server.activeRequests() == 0);
            assertThat(pod.take()).noneMatch(seen -> seen.target().equals("/slow"));
            assertThat(pod.faults()).isEmpty();
        }
    }

    @Test
    void slowReadersAreCutOffAndWhatWaitsForThemIsBounded() throws Exception {
        int readers = 20;
        AtomicLong written = new AtomicLong();
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "1s");
                ScriptedPod pod = new ScriptedPod()) {
            for (int i = 0; i < readers; i++) {
                pod.then(socket -> pourOut(socket, written));
            }
            edge.hotIn(pod);
            List<RawClient> abusers = new ArrayList<>();
            for (int i = 0; i < readers; i++) {
                RawClient abuser = new RawClient(edge.server.address(), 4 << 10);
                abusers.add(abuser.send(get("/large")));
            }
            await().until(() -> edge.timelines.size() == readers);
            await().until(() -> edge.server.activeRequests() == 0);
            // What sockets and the edge may hold for one of them, generously; without bound it would be endless.
            assertThat(written.get()).isLessThan(readers * (16L << 20));
            for (RawClient abuser : abusers) {
                abuser.close();
            }
        }
    }

    @Test
    void bodiesThatDribbleAreCutOffThoughSomethingAlwaysComes() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_BODY_RATE_MIN", "1000", "GATEWAY_EDGE_RATE_GRACE", "500ms");
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            List<RawClient> abusers = abusers(edge, request("POST", "/slow", "Transfer-Encoding: chunked") + "\r\n");
            checkOthers(edge, () -> trickle(abusers, "1\r\na\r\n"));
            await().until(() -> {
                trickle(abusers, "1\r\na\r\n");
                return edge.server.activeRequests() == 0;
            });
            assertThat(edge.timelines)
                    .filteredOn(timeline -> timeline.target.equals("/slow"))
                    .hasSize(ABUSERS)
                    .allMatch(timeline -> timeline.status == 408);
            assertThat(pod.take()).noneMatch(seen -> seen.target().equals("/slow"));
            for (RawClient abuser : abusers) {
                abuser.close();
            }
        }
    }

    @Test
    void answersThatAreTakenInSipsAreCutOff() throws Exception {
        AtomicLong written = new AtomicLong();
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_ANSWER_RATE_MIN", "1GiB", "GATEWAY_EDGE_RATE_GRACE", "500ms");
                ScriptedPod pod = new ScriptedPod()) {
            pod.then(socket -> pourOut(socket, written));
            edge.hotIn(pod);
            try (RawClient abuser = new RawClient(edge.server.address(), 4 << 10)) {
                abuser.send(get("/large"));
                await().until(() -> {
                    try {
                        // Whoever takes a little now and then is never without progress.
                        assertThat(abuser.in().readNBytes(1_024)).isNotEmpty();
                    } catch (SocketException cutOff) {
                        return true;
                    }
                    return edge.timelines.size() == 1;
                });
            }
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.REQUEST_TIMEOUT);
        }
    }

    @Test
    void aSlowPodIsNoSlowClient() throws Exception {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_BODY_RATE_MIN", "1GiB",
                        "GATEWAY_EDGE_ANSWER_RATE_MIN", "1GiB",
                        "GATEWAY_EDGE_RATE_GRACE", "50ms");
                ScriptedPod pod = new ScriptedPod();
                RawClient client = edge.client()) {
            pod.then(socket -> {
                socket.readHead();
                mayAnswer.await();
                socket.respond("late");
            });
            edge.hotIn(pod);
            client.send(TestEdge.post("/", "whole at once"));
            // Until the loop has looked at it more than once.
            long since = System.nanoTime();
            await().until(() -> System.nanoTime() - since > 4 * LongAnswers.LOOK_NANOS);
            mayAnswer.countDown();
            assertThat(client.read().body()).isEqualTo("late");
        }
    }

    @Test
    void connectionsOfOneAddressAreBoundedAndThoseOfOthersAreNot() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX", "2");
                RecordingPod pod = new RecordingPod();
                RawClient first = edge.client();
                RawClient second = edge.client();
                RawClient third = edge.client()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            await().until(() -> edge.server.activeConnections() == 3);
            try (RawClient fourth = edge.client();
                    RawClient other = RawClient.from("127.0.0.2", edge.server.address())) {
                assertThat(fourth.isEnded()).isTrue();
                Answer refusal = third.send(get("/")).read();
                assertThat(refusal.status()).isEqualTo(503);
                assertThat(refusal.body()).contains("overloaded");
                assertThat(third.isEnded()).isTrue();
                assertThat(other.send(get("/")).read().status()).isEqualTo(200);
                assertThat(first.send(get("/")).read().status()).isEqualTo(200);
            }
            assertThat(edge.server.refusedConnections(ConnectionBound.ADDRESS)).isEqualTo(2);
            assertThat(edge.server.refusedConnections(ConnectionBound.TOTAL)).isZero();

            // A connection that has gone makes room.
            second.leave();
            await().until(() -> edge.server.activeConnections() == 1);
            try (RawClient again = edge.client()) {
                assertThat(again.send(get("/")).read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void connectionsOfTrustedProxiesAreNotBoundedByAddress() throws Exception {
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX", "1",
                        "GATEWAY_EDGE_TRUSTED_PROXIES", "127.0.0.1");
                RawClient first = edge.client();
                RawClient second = edge.client();
                RawClient third = edge.client()) {
            for (RawClient client : List.of(first, second, third)) {
                assertThat(client.send(get("/")).read().status()).isEqualTo(403);
            }
            assertThat(edge.server.refusedConnections(ConnectionBound.ADDRESS)).isZero();
        }
    }

    @Test
    void connectionsInAllAreCountedWhenRefused() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_CONNECTIONS_MAX", "1");
                RawClient first = edge.client();
                RawClient second = edge.client()) {
            assertThat(second.send(get("/")).read().status()).isEqualTo(503);
            assertThat(first.send(get("/")).read().status()).isEqualTo(403);
            assertThat(edge.server.refusedConnections(ConnectionBound.TOTAL)).isEqualTo(1);
        }
    }

    @Test
    void emptyLinesForEverDoNotKeepAConnection() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_IDLE_TIMEOUT", "500ms");
                RawClient client = edge.client()) {
            await().until(() -> {
                try {
                    client.send("\r\n");
                    return edge.server.activeConnections() == 0;
                } catch (SocketException ended) {
                    return true;
                }
            });
        }
    }

    private static List<RawClient> abusers(TestEdge edge, String begun) throws IOException {
        List<RawClient> abusers = new ArrayList<>();
        for (int i = 0; i < ABUSERS; i++) {
            abusers.add(edge.client().send(begun));
        }
        return abusers;
    }

    private static void trickle(List<RawClient> abusers, String part) throws IOException {
        for (RawClient abuser : abusers) {
            try {
                abuser.send(part);
            } catch (SocketException cutOff) {
                // As it should be, sooner or later.
            }
        }
    }

    private interface Abuse {
        void goOn() throws IOException;
    }

    private static void checkOthers(TestEdge edge, Abuse abuse) throws IOException {
        try (RawClient other = edge.client()) {
            for (int i = 0; i < 20; i++) {
                abuse.goOn();
                assertThat(other.send(get("/")).read().status()).isEqualTo(200);
            }
        }
    }

    private static void pourOut(PodSocket socket, AtomicLong written) throws IOException {
        socket.readHead();
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
        byte[] part = new byte[64 << 10];
        try {
            while (true) {
                socket.out().write(part);
                written.addAndGet(part.length);
            }
        } catch (SocketException cutOff) {
            // The edge has closed the connection.
        }
    }
}
