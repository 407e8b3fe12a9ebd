package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.post;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A hot tenant's requests reach its pod and the pod's answers the client, as they are. */
class ForwardingTest {
    @Test
    void aHotRequestIsAnsweredByItsPodAndRecorded() throws Exception {
        CompletableFuture<List<String>> seen = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    seen.complete(socket.readHead());
                    socket.respond("hello");
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer =
                    client.send(get("/whoami?x=1", "X-Request-Id: req-1")).read();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(answer.header("X-Request-Id")).isEqualTo("req-1");
            assertThat(seen.join().getFirst()).isEqualTo("GET /whoami?x=1 HTTP/1.1");
            assertThat(PodSocket.header(seen.join(), "X-Tenant-Id")).isEqualTo(TestEdge.TENANT.toString());
            await().until(() -> edge.timelines.size() == 1);
            RequestTimeline timeline = edge.timeline();
            assertThat(timeline.status).isEqualTo(200);
            assertThat(timeline.complete).isTrue();
            assertThat(timeline.answeredBy).isEqualTo(AnsweredBy.POD);
            assertThat(timeline.tenant).isEqualTo(TestEdge.TENANT);
            assertThat(timeline.tier).isEqualTo(Tier.B);
            assertThat(timeline.responseBodyBytes).isEqualTo(5);
            assertThat(timeline.failure).isNull();
            assertThat(timeline.startedNanos).isLessThanOrEqualTo(timeline.authenticatedNanos);
            assertThat(timeline.forwardedNanos).isLessThanOrEqualTo(timeline.firstByteNanos);
            assertThat(timeline.firstByteNanos).isLessThanOrEqualTo(timeline.completedNanos);
            await().until(() -> edge.server.activeRequests() == 0);
        }
    }

    @Test
    void connectionsOnBothSidesAreUsedAgain() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    for (int i = 0; i < 3; i++) {
                        socket.readHead();
                        socket.respond("answer " + i);
                    }
                });
                RawClient client = edge.hotIn(pod).client()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(get("/" + i)).read().body()).isEqualTo("answer " + i);
            }
            assertThat(pod.accepted()).isEqualTo(1);
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrderOneAtATime() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    for (int i = 0; i < 50; i++) {
                        List<String> head = socket.readHead();
                        assertThat(socket.in().available()).isZero();
                        socket.respond(head.getFirst());
                    }
                });
                RawClient client = edge.hotIn(pod).client()) {
            StringBuilder pipeline = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                pipeline.append(get("/" + i));
            }
            client.send(pipeline.toString());
            for (int i = 0; i < 50; i++) {
                assertThat(client.read().body()).isEqualTo("GET /" + i + " HTTP/1.1");
            }
        }
    }

    @Test
    void manyPipelinedRefusalsAreAnsweredWithoutDeepRecursion() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            int count = 2_000;
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(count));
            for (int i = 0; i < count; i++) {
                assertThat(client.read().status()).isEqualTo(401);
            }
        }
    }

    @Test
    void bodiesPassInBothDirectionsAsTheyWereFramed() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    assertThat(PodSocket.header(head, "Content-Length")).isEqualTo("4");
                    assertThat(new String(socket.readBytes(4), StandardCharsets.US_ASCII))
                            .isEqualTo("ping");
                    socket.write("HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npong\r\n0\r\n\r\n");
                    head = socket.readHead();
                    assertThat(PodSocket.header(head, "Transfer-Encoding")).isEqualTo("chunked");
                    assertThat(PodSocket.header(head, "Content-Length")).isEmpty();
                    assertThat(socket.readChunked()).isEqualTo("pingping|X-Sum: 8");
                    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n");
                    socket.write("2\r\npo\r\n2\r\nng\r\n0\r\nX-Sum: 4\r\nX-Tenant-Id: other\r\n\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer first = client.send(post("/", "ping")).read();
            assertThat(first.status()).isEqualTo(201);
            assertThat(first.head().getFirst()).isEqualTo("HTTP/1.1 201 Made");
            assertThat(first.body()).isEqualTo("pong");

            Answer second = client.send(
                            request("POST", "/", "Transfer-Encoding: chunked", "Trailer: X-Sum") + "\r\n"
                                    + "4;ext=1\r\nping\r\n4\r\nping\r\n0\r\nX-Sum: 8\r\nContent-Length: 5\r\nAuthorization: no\r\nx_tenant_id: other\r\n\r\n")
                    .read();
            assertThat(second.body()).isEqualTo("pong");
            assertThat(second.trailers()).containsExactly("X-Sum: 4");
        }
    }

    @Test
    void answersWithoutBodyEndWithTheirHeads() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
                    socket.readHead();
                    socket.write("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: \"x\"\r\n\r\n");
                    socket.readHead();
                    socket.write("HTTP/1.1 204 No Content\r\n\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer head = client.send(request("HEAD", "/") + "\r\n").read(true);
            assertThat(head.header("Content-Length")).isEqualTo("1000");
            Answer notModified = client.send(get("/")).read();
            assertThat(notModified.status()).isEqualTo(304);
            assertThat(notModified.header("ETag")).isEqualTo("\"x\"");
            Answer noContent = client.send(get("/")).read();
            assertThat(noContent.status()).isEqualTo(204);
            assertThat(noContent.header("Content-Length")).isEmpty();
            assertThat(noContent.header("Transfer-Encoding")).isEmpty();
        }
    }

    @Test
    void anAnswerThatEndsWithItsConnectionIsChunkedForTheClient() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> {
                            socket.readHead();
                            socket.write("HTTP/1.0 200 OK\r\n\r\nall of it");
                            socket.close();
                        })
                        .then(socket -> {
                            socket.readHead();
                            socket.respond("next");
                        });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer = client.send(get("/")).read();
            assertThat(answer.body()).isEqualTo("all of it");
            assertThat(answer.header("Transfer-Encoding")).isEqualTo("chunked");
            assertThat(client.send(get("/")).read().body()).isEqualTo("next");
        }
    }

    @Test
    void aClientOfHttp10GetsAnswersItUnderstands() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(socket.readHead().getFirst()).isEqualTo("GET /a HTTP/1.1");
                    socket.respond("one");
                    socket.readHead();
                    socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            String fields = "Authorization: Bearer " + TestEdge.TOKEN + "\r\nConnection: keep-alive\r\n\r\n";
            Answer kept = client.send("GET /a HTTP/1.0\r\n" + fields).read();
            assertThat(kept.body()).isEqualTo("one");
            assertThat(kept.header("Connection")).isEqualTo("keep-alive");
            Answer closed = client.send("GET /b HTTP/1.0\r\n" + fields).read();
            assertThat(closed.status()).isEqualTo(200);
            assertThat(closed.body()).isEqualTo("two");
            assertThat(closed.header("Transfer-Encoding")).isEmpty();
            assertThat(closed.header("Connection")).isEqualTo("close");
        }
    }

    @Test
    void theClientsWishToCloseIsFollowed() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "Connection"))
                            .isEmpty();
                    socket.respond("bye");
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer = client.send(get("/", "Connection: close")).read();
            assertThat(answer.body()).isEqualTo("bye");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void aBodyThatIsExpectedIsOnlySentWhenThePodWantsIt() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "Expect")).isEqualTo("100-continue");
                    assertThat(socket.in().available()).isZero();
                    socket.write("HTTP/1.1 100 Continue\r\n\r\n");
                    socket.readBytes(4);
                    socket.respond("thanks");
                    socket.readHead();
                    socket.write("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            String head = request("POST", "/", "Expect: 100-continue", "Content-Length: 4") + "\r\n";
            assertThat(client.send(head).read().status()).isEqualTo(100);
            assertThat(client.send("ping").read().body()).isEqualTo("thanks");
            assertThat(client.send(head).read().status()).isEqualTo(417);
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void interimAnswersPass() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n");
                    socket.respond("page");
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer hints = client.send(get("/")).read();
            assertThat(hints.status()).isEqualTo(103);
            assertThat(hints.header("Link")).isEqualTo("</style.css>");
            assertThat(client.read().body()).isEqualTo("page");
        }
    }

    @Test
    void eventsPassOneByOneAsTheyCome() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(
                            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
                    socket.write("9\r\ndata: 1\n\n\r\n");
                    assertThat(first.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.write("9\r\ndata: 2\n\n\r\n");
                    assertThat(second.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.write("0\r\n\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(get("/events"));
            while (!client.readLine().isEmpty()) {}
            assertThat(client.readLine() + client.readLine()).isEqualTo("9data: 1");
            first.countDown();
            assertThat(client.readLine() + client.readLine()).isEmpty();
            assertThat(client.readLine() + client.readLine()).isEqualTo("9data: 2");
            second.countDown();
        }
    }

    @Test
    void anEarlyAnswerPassesWhileTheBodyStillComes() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 3; i++) {
                        byte[] part = socket.readBytes(4);
                        socket.write("4\r\n" + new String(part, StandardCharsets.US_ASCII) + "\r\n");
                    }
                    socket.write("0\r\n\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(request("POST", "/echo", "Content-Length: 12") + "\r\n");
            while (!client.readLine().isEmpty()) {}
            for (int i = 0; i < 3; i++) {
                client.send("abc" + i);
                assertThat(client.readLine() + client.readLine()).isEqualTo("4abc" + i);
            }
            assertThat(client.readLine() + client.readLine()).isEqualTo("0");
        }
    }

    @Test
    void aPodThatAnswersBeforeTheBodyIsReadIsHeard() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                    socket.close();
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(request("POST", "/", "Content-Length: 1000000000") + "\r\nstart");
            Answer answer = client.read();
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.body()).isEqualTo("no");
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void aDrainedEdgeFinishesWhatIsUnderWayAndClosesConnections() throws Exception {
        CountDownLatch draining = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(draining.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.respond("whole");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(get("/slow"));
            await().until(() -> edge.server.activeRequests() == 1);
            var drained = edge.server.drain(Duration.ofSeconds(10)).toFuture();
            draining.countDown();
            Answer answer = client.read();
            assertThat(answer.body()).isEqualTo("whole");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(client.isEnded()).isTrue();
            drained.get(10, TimeUnit.SECONDS);
            assertThat(edge.server.activeConnections()).isZero();
        }
    }
}
