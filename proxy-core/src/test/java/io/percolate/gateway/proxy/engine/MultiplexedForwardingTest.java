package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.failure.FailureKind;
import java.io.EOFException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Requests over HTTP/2 to a pod: streams beside each other, credit, and whatever ends them. */
class MultiplexedForwardingTest {
    private static final String[] H2C = {"GATEWAY_UPSTREAM_PROTOCOL_TIER_B", "h2c"};

    private static TestEdge edge(String... more) {
        List<String> settings = new ArrayList<>(List.of(H2C));
        settings.addAll(List.of(more));
        return new TestEdge(settings.toArray(String[]::new));
    }

    @Test
    void aRequestAndItsAnswerPassByTheSameRulesAsInHttp11() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                assertThat(head.isLast()).isTrue();
                assertThat(head.fields())
                        .startsWith(":method: GET", ":scheme: http", ":authority: tenant.example", ":path: /a?b=c")
                        .contains(
                                "accept: x",
                                "te: trailers",
                                "x-tenant-id: " + TestEdge.TENANT,
                                "x-tenant-tier: B",
                                "x-placement-epoch: 1",
                                "x-forwarded-for: 127.0.0.1",
                                "via: 1.1 percolate")
                        .noneMatch(field -> field.startsWith("connection")
                                || field.startsWith("x-hop")
                                || field.startsWith("host:")
                                || field.startsWith("x-tenant-name"));
                assertThat(head.field("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
                frames.headers(
                        head.stream(), false, ":status: 200", "content-type: text/x", "x-served-from: pod", "a: 1");
                frames.data(head.stream(), false, "Hello ");
                frames.data(head.stream(), false, "pod");
                frames.headers(head.stream(), true, "x-sum: 9", "set-cookie: no");
                frames.readToEnd();
            });

            client.send(TestEdge.get(
                    "/a?b=c", "Accept: x", "X-Tenant-Name: mine", "X-Hop: 1", "TE: trailers", "Connection: X-Hop, TE"));
            RawClient.Answer answer = client.read();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("Hello pod");
            assertThat(answer.trailers()).containsExactly("x-sum: 9");
            assertThat(answer.head()).contains("content-type: text/x", "a: 1").noneMatch(l -> l.contains("served"));
        }
    }

    @Test
    void bodiesPassInBothDirectionsWithTheirTrailers() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame first = frames.request();
                assertThat(first.field("content-length")).isEqualTo("5");
                frames.respond(first.stream(), frames.body(first.stream()));
                FrameSocket.Frame second = frames.request();
                assertThat(second.field("content-length")).isEmpty();
                frames.respond(second.stream(), frames.body(second.stream()));
                FrameSocket.Frame third = frames.request();
                frames.headers(third.stream(), true, ":status: 404");
                frames.readToEnd();
            });

            assertThat(client.send(TestEdge.post("/", "12345")).read().body()).isEqualTo("12345");
            client.send(TestEdge.request("POST", "/")
                    + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("abcde|x-sum: 5");
            RawClient.Answer absent = client.send(TestEdge.get("/")).read();
            assertThat(absent.status()).isEqualTo(404);
            assertThat(absent.header("content-length")).isEqualTo("0");
        }
    }

    @Test
    void aHundredRequestsShareOneConnection() throws Exception {
        int requests = 100;
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod)) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                List<FrameSocket.Frame> heads = new ArrayList<>();
                for (int i = 0; i < requests; i++) {
                    heads.add(frames.request());
                }
                for (FrameSocket.Frame head : heads.reversed()) {
                    frames.respond(head.stream(), head.field(":path"));
                }
                frames.readToEnd();
            });
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                clients.add(edge.client().send(TestEdge.get("/" + i)));
            }
            for (int i = 0; i < requests; i++) {
                try (RawClient client = clients.get(i)) {
                    assertThat(client.read().body()).isEqualTo("/" + i);
                }
            }
            assertThat(pod.accepted()).isEqualTo(1);
        }
    }

    @Test
    void aPodThatAllowsOneStreamGetsMoreConnectionsAndThenRequestsWait() throws Exception {
        CountDownLatch bothTaken = new CountDownLatch(2);
        ScriptedPod.Script oneByOne = socket -> {
            FrameSocket frames = new FrameSocket(socket).handshake(FrameSocket.MAX_CONCURRENT_STREAMS, 1);
            try {
                while (true) {
                    FrameSocket.Frame head = frames.request();
                    bothTaken.countDown();
                    assertThat(bothTaken.await(10, TimeUnit.SECONDS)).isTrue();
                    frames.respond(head.stream(), head.field(":path"));
                }
            } catch (EOFException ended) {
                // The edge has closed.
            }
        };
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge("GATEWAY_UPSTREAM_H2_CONNECTIONS_MAX", "2", "GATEWAY_UPSTREAM_H2_STREAMS_MAX", "4")
                        .hotIn(pod)) {
            pod.then(oneByOne).then(oneByOne);
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                clients.add(edge.client().send(TestEdge.get("/" + i)));
            }
            for (int i = 0; i < 10; i++) {
                try (RawClient client = clients.get(i)) {
                    assertThat(client.read().body()).isEqualTo("/" + i);
                }
            }
            assertThat(pod.accepted()).isEqualTo(2);
        }
    }

    @Test
    void whatTheGoAwaySaysIsNotBegunGoesToANewConnectionAndTheRestIsFinished() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient get = edge.client();
                RawClient post = edge.client()) {
            CountDownLatch firstThere = new CountDownLatch(1);
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame begun = frames.request();
                firstThere.countDown();
                FrameSocket.Frame unbegun = frames.request();
                assertThat(unbegun.stream()).isGreaterThan(begun.stream());
                frames.goAway(begun.stream(), FrameSocket.NO_ERROR);
                frames.respond(begun.stream(), "finished");
                frames.readToEnd();
            });
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame again = frames.request();
                assertThat(again.field(":method")).isEqualTo("POST");
                frames.respond(again.stream(), frames.body(again.stream()));
                frames.readToEnd();
            });

            get.send(TestEdge.get("/"));
            assertThat(firstThere.await(10, TimeUnit.SECONDS)).isTrue();
            post.send(TestEdge.post("/", "anew"));

            assertThat(get.read().body()).isEqualTo("finished");
            assertThat(post.read().body()).isEqualTo("anew");
        }
    }

    @Test
    void aRefusedStreamIsSentAgainWhateverItsMethodAndNotForEver() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                frames.reset(frames.request().stream(), FrameSocket.REFUSED_STREAM);
                FrameSocket.Frame again = frames.request();
                frames.respond(again.stream(), frames.body(again.stream()));
                for (int i = 0; i < 4; i++) {
                    frames.reset(frames.request().stream(), FrameSocket.REFUSED_STREAM);
                }
                frames.readToEnd();
            });

            assertThat(client.send(TestEdge.post("/", "12345")).read().body()).isEqualTo("12345");
            assertThat(client.send(TestEdge.get("/")).read().status()).isEqualTo(503);
        }
    }

    @Test
    void aResetBeforeTheAnswerIs502AndWithinItBreaksTheClientsAnswerOffAndNoOther() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge("GATEWAY_RETRY_TRIES_MAX", "1").hotIn(pod);
                RawClient unlucky = edge.client();
                RawClient other = edge.client()) {
            CountDownLatch otherThere = new CountDownLatch(1);
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                frames.reset(frames.request().stream(), FrameSocket.CANCEL);
                FrameSocket.Frame begun = frames.request();
                frames.headers(begun.stream(), false, ":status: 200");
                frames.data(begun.stream(), false, "a beginning");
                FrameSocket.Frame beside = frames.request();
                otherThere.countDown();
                frames.reset(begun.stream(), FrameSocket.NO_ERROR);
                frames.respond(beside.stream(), "whole");
                frames.readToEnd();
            });

            assertThat(unlucky.send(TestEdge.get("/")).read().status()).isEqualTo(502);
            unlucky.send(TestEdge.get("/"));
            assertThat(unlucky.readLine()).startsWith("HTTP/1.1 200");
            other.send(TestEdge.get("/"));
            assertThat(otherThere.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(other.read().body()).isEqualTo("whole");
            String rest = new String(unlucky.in().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(rest).contains("a beginning").doesNotContain("\r\n0\r\n");
        }
    }

    @Test
    void theDeathOfAConnectionEndsAllThatIsOnItAndWhatIsIdempotentIsSentAgainOnce() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient get = edge.client();
                RawClient post = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                frames.respond(frames.request().stream(), "first");
                frames.request();
                frames.request();
                frames.close();
            });
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame again = frames.request();
                assertThat(again.field(":method")).isEqualTo("GET");
                frames.respond(again.stream(), "again");
                frames.readToEnd();
            });

            assertThat(get.send(TestEdge.get("/")).read().body()).isEqualTo("first");
            get.send(TestEdge.get("/"));
            post.send(TestEdge.request("POST", "/") + "Content-Length: 0\r\n\r\n");
            assertThat(get.read().body()).isEqualTo("again");
            assertThat(post.read().status()).isEqualTo(502);
        }
    }

    @Test
    void aClientThatDoesNotReadHoldsUpItsOwnStreamOnly() throws Exception {
        int sent = 16 << 20;
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient slow = new RawClient(edge.server.address(), 16 << 10);
                RawClient other = edge.client()) {
            CountDownLatch stalled = new CountDownLatch(1);
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                frames.headers(head.stream(), false, ":status: 200", "content-length: " + sent);
                String part = "x".repeat(16 << 10);
                int credit = MultiplexedConnection.STREAM_WINDOW;
                int left = sent;
                boolean beside = false;
                socket.setTimeout(500);
                while (left > 0) {
                    while (credit >= part.length() && left > 0) {
                        left -= part.length();
                        credit -= part.length();
                        frames.data(head.stream(), left == 0, part);
                    }
                    if (left == 0) {
                        break;
                    }
                    try {
                        // What the kernel's buffers take is credited for; then nothing comes until the client reads.
                        FrameSocket.Frame frame = frames.next(FrameSocket.WINDOW_UPDATE, FrameSocket.HEADERS);
                        if (frame.type() == FrameSocket.HEADERS) {
                            frames.respond(frame.stream(), "beside");
                            beside = true;
                        } else if (frame.stream() == head.stream()) {
                            credit += frame.number();
                        }
                    } catch (SocketTimeoutException noMoreCredit) {
                        socket.setTimeout(10_000);
                        stalled.countDown();
                    }
                }
                assertThat(beside).isTrue();
                frames.readToEnd();
            });

            slow.send(TestEdge.get("/big"));
            assertThat(stalled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(other.send(TestEdge.get("/beside")).read().body()).isEqualTo("beside");
            assertThat(slow.read().body()).hasSize(sent);
        }
    }

    @Test
    void aPodThatTakesNothingPausesTheClientAndTheRestGoesOnWithItsCredit() throws Exception {
        int sent = 16 << 20;
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                int received = 0;
                while (received < 65_535) {
                    received += frames.next(FrameSocket.DATA).payload().length;
                }
                assertThat(received).isEqualTo(65_535);
                frames.credit(0, 65_535);
                frames.credit(head.stream(), 65_535);
                received += frames.body(head.stream()).length();
                frames.respond(head.stream(), "" + received);
                frames.readToEnd();
            });

            client.send(TestEdge.request("POST", "/") + "Content-Length: " + sent + "\r\n\r\n");
            byte[] part = new byte[64 << 10];
            for (int i = 0; i < sent; i += part.length) {
                client.out().write(part);
            }
            assertThat(client.read().body()).isEqualTo("" + sent);
        }
    }

    @Test
    void aClientThatLeavesCancelsItsStreamAndNothingElse() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient leaving = edge.client();
                RawClient other = edge.client()) {
            CountDownLatch there = new CountDownLatch(1);
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame left = frames.request();
                there.countDown();
                FrameSocket.Frame reset = frames.next(FrameSocket.RST_STREAM);
                assertThat(reset.stream()).isEqualTo(left.stream());
                assertThat(reset.number()).isEqualTo(FrameSocket.CANCEL);
                frames.respond(frames.request().stream(), "other");
                frames.readToEnd();
            });

            leaving.send(TestEdge.get("/"));
            assertThat(there.await(10, TimeUnit.SECONDS)).isTrue();
            leaving.leave();
            await().until(() -> edge.server.activeRequests() == 0);
            assertThat(other.send(TestEdge.get("/")).read().body()).isEqualTo("other");
            assertThat(pod.accepted()).isEqualTo(1);
        }
    }

    @Test
    void aSilentConnectionIsPingedAndGivenUp() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge(
                                "GATEWAY_RETRY_TRIES_MAX",
                                "1",
                                "GATEWAY_UPSTREAM_H2_PING_AFTER",
                                "100ms",
                                "GATEWAY_UPSTREAM_H2_PING_TIMEOUT",
                                "200ms")
                        .hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                frames.request();
                // One ping is answered, the next is not.
                FrameSocket.Frame ping = frames.next(FrameSocket.PING);
                frames.send(FrameSocket.PING, FrameSocket.ACK, 0, ping.payload());
                frames.next(FrameSocket.PING);
                frames.next(FrameSocket.GOAWAY);
                frames.readToEnd();
            });

            assertThat(client.send(TestEdge.get("/")).read().status()).isEqualTo(502);
        }
    }

    @Test
    void anIdleConnectionIsClosedInGoodOrder() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge =
                        edge("GATEWAY_UPSTREAM_POOL_IDLE_TIMEOUT", "100ms").hotIn(pod);
                RawClient client = edge.client()) {
            CountDownLatch closed = new CountDownLatch(1);
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                frames.respond(frames.request().stream(), "one");
                frames.next(FrameSocket.GOAWAY);
                frames.readToEnd();
                closed.countDown();
            });

            assertThat(client.send(TestEdge.get("/")).read().body()).isEqualTo("one");
            assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aPodThatSpeaksHttp11OnlyIsAnOperatorsMistakeThatIsTold() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                socket.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                socket.readToEnd();
            });

            assertThat(client.send(TestEdge.get("/")).read().status()).isEqualTo(502);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.POD_RESPONSE_INVALID);
        }
    }
}
