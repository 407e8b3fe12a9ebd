package io.percolate.gateway.proxy.engine;

import static io.netty.handler.codec.http2.Http2Error.CANCEL;
import static io.percolate.gateway.proxy.engine.FrameClient.END_HEADERS;
import static io.percolate.gateway.proxy.engine.FrameClient.END_STREAM;
import static io.percolate.gateway.proxy.engine.FrameClient.HEADERS;
import static io.percolate.gateway.proxy.engine.FrameClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.percolate.gateway.proxy.engine.FrameClient.Answer;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** Requests by HTTP/2, from clients that send frames and from one that is used in earnest. */
class Http2StreamTest {
    private static final int MANY_BYTES = 16 << 20;

    @Test
    @SuppressWarnings("StringConcatToTextBlock") // Its lines end with CR LF.
    void anAnswerComesWithItsFieldsAndWhatTheGatewayAdds() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            pod.then(socket -> {
                socket.readHead();
                socket.write(String.join(
                        "\r\n",
                        "HTTP/1.1 200 Fine",
                        "X-Own: 1",
                        "Set-Cookie: a=1",
                        "Set-Cookie: b=2",
                        "Connection: X-Hop",
                        "X-Hop: 1",
                        "Keep-Alive: timeout=1",
                        "Transfer-Encoding: chunked",
                        "",
                        "3",
                        "abc",
                        "0",
                        "X-Sum: 17",
                        "Content-Length: 9",
                        "",
                        ""));
            });
            edge.hotIn(pod);
            client.get(1, "/a?b=c", "x-request-id=mine");
            Answer answer = client.read(1);
            assertThat(answer.status).isEqualTo(200);
            assertThat(answer.text()).isEqualTo("abc");
            assertThat(answer.head)
                    .containsEntry("x-own", "1")
                    .containsEntry("set-cookie", "a=1|b=2")
                    .containsEntry("x-request-id", "mine")
                    .containsEntry("via", "1.1 percolate")
                    .doesNotContainKeys("x-hop", "connection", "keep-alive", "transfer-encoding");
            assertThat(answer.trailers).containsOnlyKeys("x-sum").containsEntry("x-sum", "17");
            RequestTimeline timeline = edge.timeline();
            assertThat(timeline.protocol).isEqualTo("HTTP/2.0");
            assertThat(timeline.answeredBy).isEqualTo(AnsweredBy.POD);
            assertThat(timeline.complete).isTrue();
        }
    }

    @Test
    void malformedRequestsAreRecordedThoughTheyAreNotAnswered() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            pod.then(PodSocket::readHead);
            edge.hotIn(pod);
            client.get(1, "/capital?a", "X-Capital=1")
                    .frame(HEADERS, END_STREAM | END_HEADERS, 3, FrameClient.block(":path=/no-method", "a=b"))
                    .frame(HEADERS, END_STREAM | END_HEADERS, 5, request("PUT", "/short", "content-length=5"))
                    .post(7, "/long", "content-length=2", "x-request-id=mine");
            await().until(() -> edge.server.activeRequests() == 1);
            client.data(7, "abc", true);

            for (int stream = 1; stream <= 7; stream += 2) {
                assertThat(client.read(stream).reset).isEqualTo("PROTOCOL_ERROR");
            }
            await().until(() -> edge.timelines.size() == 4);
            assertThat(edge.timelines).allSatisfy(timeline -> {
                assertThat(timeline.failure).isEqualTo(FailureKind.REQUEST_MALFORMED);
                assertThat(timeline.answeredBy).isEqualTo(AnsweredBy.GATEWAY);
                assertThat(timeline.status).isZero();
                assertThat(timeline.complete).isFalse();
                assertThat(timeline.protocol).isEqualTo("HTTP/2.0");
            });
            assertThat(edge.timelines.stream().map(timeline -> timeline.method + " " + timeline.target))
                    .containsExactly("GET /capital?a", "- /no-method", "PUT /short", "POST /long");
            assertThat(edge.timelines.getLast().requestId).isEqualTo("mine");
            assertThat(edge.server.activeRequests()).isZero();
        }
    }

    @Test
    void answersWithoutBodiesAreOneFrame() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            pod.then(socket -> {
                socket.readHead();
                socket.write("HTTP/1.1 204 No Content\r\n\r\n");
                socket.readHead();
                socket.write("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
                socket.readHead();
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
                socket.readHead();
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            });
            edge.hotIn(pod);
            assertThat(client.get(1, "/").read(1).status).isEqualTo(204);
            assertThat(client.get(3, "/").read(3).head)
                    .containsEntry(":status", "304")
                    .containsEntry("etag", "\"a\"");
            client.frame(
                    FrameClient.HEADERS,
                    FrameClient.END_STREAM | FrameClient.END_HEADERS,
                    5,
                    FrameClient.request("HEAD", "/"));
            assertThat(client.read(5).head).containsEntry("content-length", "100");
            assertThat(client.get(7, "/").read(7).head).containsEntry("content-length", "0");
            assertThat(client.answer(5).bodyBytes).isZero();
        }
    }

    @Test
    void interimAnswersComeAndAnExpectedBodyIsAwaited() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            pod.then(socket -> {
                socket.readHead();
                socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
                assertThat(socket.readChunked()).isEqualTo("abcd|x-sum: 17");
                socket.respond("done");
            });
            edge.hotIn(pod);
            client.post(1, "/", "expect=100-continue");
            assertThat(client.until("interim")).hasToString("interim 1 103");
            assertThat(client.answer(1).head).containsEntry("link", "</a>");
            assertThat(client.until("interim")).hasToString("interim 1 100");
            client.data(1, "abcd", false);
            client.frame(
                    FrameClient.HEADERS,
                    FrameClient.END_STREAM | FrameClient.END_HEADERS,
                    1,
                    FrameClient.block("x-sum=17"));
            assertThat(client.read(1).text()).isEqualTo("done");
        }
    }

    @Test
    void aPodThatDiesWithinItsAnswerIsNeverItsEnd() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            for (String framing : List.of("Content-Length: 10", "Transfer-Encoding: chunked")) {
                pod.then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n3\r\nabc\r\n");
                    socket.reset();
                });
            }
            edge.hotIn(pod);
            for (int stream : List.of(1, 3)) {
                Answer answer = client.get(stream, "/").read(stream);
                assertThat(answer.reset).isEqualTo("INTERNAL_ERROR");
                assertThat(answer.ended).isFalse();
            }
            assertThat(client.goAways()).isZero();
        }
    }

    @Test
    void aClientThatTakesItsRequestBackEndsThePodsWork() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            CountDownLatch asked = new CountDownLatch(2);
            pod.then(socket -> {
                socket.readHead();
                asked.countDown();
                socket.readToEnd();
            });
            pod.then(socket -> {
                socket.readHead();
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                asked.countDown();
                socket.readToEnd();
            });
            edge.hotIn(pod);
            client.get(1, "/unanswered");
            await().until(() -> asked.getCount() == 1);
            client.get(3, "/begun");
            client.until("data");
            client.reset(1, CANCEL).reset(3, CANCEL);
            await().until(() -> edge.timelines.size() == 2);
            assertThat(edge.timelines).noneMatch(timeline -> timeline.complete);
            await().until(() -> edge.server.activeRequests() == 0);
            assertThat(edge.server.activeConnections()).isEqualTo(1);
        }
    }

    @Test
    void whatIsTakenBackInTheSameReadReachesNoPod() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            pod.then(socket -> {
                assertThat(socket.readHead().getFirst()).isEqualTo("GET /kept HTTP/1.1");
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            });
            edge.hotIn(pod);
            byte[] cancel = {0, 0, 0, (byte) CANCEL.code()};
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.write(FrameClient.bytes(HEADERS, END_HEADERS | END_STREAM, 1, request("GET", "/taken-back")));
            both.write(FrameClient.bytes(FrameClient.RST_STREAM, 0, 1, cancel));
            client.send(both.toByteArray());
            assertThat(client.get(3, "/kept").read(3).text()).isEqualTo("ok");
            await().until(() -> edge.timelines.size() == 2);
            assertThat(edge.timelines.getFirst().answeredBy).isEqualTo(AnsweredBy.NOBODY);
            assertThat(pod.accepted()).isEqualTo(1);
            await().until(() -> edge.server.activeRequests() == 0);
        }
    }

    @Test
    void aConnectionThatBreaksEndsAllItsRequests() throws Exception {
        CountDownLatch asked = new CountDownLatch(10);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod()) {
            edge.hotIn(pod);
            try (FrameClient client = FrameClient.connect(edge.server.address())) {
                for (int stream = 1; stream < 20; stream += 2) {
                    pod.then(socket -> {
                        socket.readHead();
                        asked.countDown();
                        socket.readToEnd();
                    });
                    client.post(stream, "/").data(stream, "abc", false);
                }
                asked.await();
                await().until(() -> edge.server.activeRequests() == 10);
            }
            await().until(() -> edge.server.activeRequests() == 0 && edge.server.activeConnections() == 0);
            assertThat(edge.timelines).hasSize(10).noneMatch(timeline -> timeline.complete);
        }
    }

    @Test
    void anEarlyAnswerEndsTheUploadToo() throws Exception {
        try (TestEdge edge = new TestEdge();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            client.post(1, "/").data(1, "abc", false);
            Answer answer = client.read(1);
            assertThat(answer.status).isEqualTo(403);
            assertThat(answer.text()).contains("\"status\"");
            assertThat(client.until("reset")).hasToString("reset 1 NO_ERROR");
            // What was on its way is no fault.
            client.data(1, "abc", true);
            assertThat(client.get(3, "/").read(3).status).isEqualTo(403);
        }
    }

    @Test
    void anUploadIsHeldToItsWindowWhileItsPodTakesNothing() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            pod.then(socket -> {
                socket.readHead();
                goOn.await();
                socket.respond(Integer.toString(socket.readChunked().length()));
            });
            pod.then(socket -> {
                socket.readHead();
                socket.respond("other");
            });
            edge.hotIn(pod);
            client.post(1, "/");
            String part = "a".repeat(16_000);
            long window = 65_536;
            long sent = 0;
            // As much as the edge and the sockets take, which is less than all.
            while (sent < MANY_BYTES) {
                if (window < part.length()) {
                    // Another request goes on meanwhile; its answer comes after all windows that there are.
                    client.ping();
                    long more = 0;
                    FrameClient.Event event = client.next();
                    while (!event.kind().equals("pong")) {
                        more += event.kind().equals("window") && event.stream() == 1
                                ? Long.parseLong(event.detail())
                                : 0;
                        event = client.next();
                    }
                    window += more;
                    // Beyond two windows it is the pod that takes nothing, and no longer the wait for it.
                    if (more == 0 && sent > 131_072 && goOn.getCount() > 0) {
                        assertThat(client.get(3, "/other").read(3).text()).isEqualTo("other");
                        assertThat(sent).isLessThan(MANY_BYTES);
                        goOn.countDown();
                    }
                } else {
                    client.data(1, part, false);
                    window -= part.length();
                    sent += part.length();
                }
            }
            client.data(1, "", true);
            assertThat(client.read(1).text()).isEqualTo(Long.toString(sent));
        }
    }

    @Test
    void aDownloadIsHeldToTheClientsWindow() throws Exception {
        AtomicLong written = new AtomicLong();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            pod.then(socket -> {
                socket.readHead();
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: " + MANY_BYTES + "\r\n\r\n");
                byte[] part = new byte[64 << 10];
                for (int i = 0; i < MANY_BYTES; i += part.length) {
                    socket.out().write(part);
                    written.addAndGet(part.length);
                }
            });
            edge.hotIn(pod);
            client.givesWindow(false).keepsBodies(false).get(1, "/");
            while (client.answer(1).bodyBytes < 65_535) {
                client.next();
            }
            assertThat(written.get()).isLessThan(MANY_BYTES);
            client.window(0, 100).window(1, 100);
            while (client.answer(1).bodyBytes < 65_635) {
                client.next();
            }
            client.givesWindow(true).window(0, 65_535).window(1, 65_535);
            Answer answer = client.read(1);
            assertThat(answer.bodyBytes).isEqualTo(MANY_BYTES);
            assertThat(answer.ended).isTrue();
        }
    }

    @Test
    void aColdTenantsContextAndAHeldRequest() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            Sinks.One<TenantRoute> wake = Sinks.one();
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.just(new Actors.TextContext("what is known of the tenant")));
            edge.wakes.outcome(wake.asMono());
            pod.then(socket -> {
                List<String> head = socket.readHead();
                assertThat(head.getFirst()).isEqualTo("POST /held HTTP/1.1");
                assertThat(socket.readChunked()).isEqualTo("abcdefgh");
                socket.respond("warm");
            });
            client.post(1, "/held").data(1, "abcd", false).data(1, "efgh", true);
            Answer context = client.get(3, "/context").read(3);
            assertThat(context.text()).isEqualTo("what is known of the tenant");
            assertThat(context.head).containsEntry("x-served-from", "context");
            wake.tryEmitValue(TestEdge.hot(pod.address(), 1)).orThrow();
            assertThat(client.read(1).text()).isEqualTo("warm");
        }
    }

    @Test
    void aDrainLosesNoRequest() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                FrameClient client = FrameClient.connect(edge.server.address())) {
            CountDownLatch asked = new CountDownLatch(1);
            pod.then(socket -> {
                socket.readHead();
                asked.countDown();
                answer.await();
                socket.respond("first");
            });
            pod.then(socket -> {
                socket.readHead();
                socket.respond("second");
            });
            edge.hotIn(pod);
            client.get(1, "/first");
            asked.await();
            edge.server.drain(Duration.ofSeconds(10)).subscribe();
            assertThat(client.until("goaway")).hasToString("goaway NO_ERROR");
            assertThat(client.lastStream()).isEqualTo(Integer.MAX_VALUE);
            // It had not heard of that when it sent this, so to speak: its answer to the ping comes after.
            client.get(3, "/second");
            assertThat(client.read(3).text()).isEqualTo("second");
            while (client.goAways() < 2) {
                client.next();
            }
            assertThat(client.lastStream()).isEqualTo(3);
            client.get(5, "/too-late");
            assertThat(client.until("reset")).hasToString("reset 5 REFUSED_STREAM");
            answer.countDown();
            assertThat(client.read(1).text()).isEqualTo("first");
            assertThat(client.until("closed").kind()).isEqualTo("closed");
        }
    }

    @Test
    void aConnectionBeyondTheBoundIsToldSo() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_CONNECTIONS_MAX", "1");
                RawClient first = edge.client();
                FrameClient second = FrameClient.connect(edge.server.address())) {
            assertThat(second.get(1, "/").read(1).status).isEqualTo(503);
            assertThat(first.send(TestEdge.get("/")).read().status()).isEqualTo(403);
        }
    }

    @Test
    void ourFieldsNeedNoLargerTableThanWeWant() throws Exception {
        byte[] table = FrameClient.setting(1, 0xffff_ffffL);
        try (TestEdge edge = new TestEdge();
                FrameClient client = FrameClient.connect(edge.server.address(), table)) {
            for (int stream = 1; stream < 100; stream += 2) {
                // A client's decoder, which was not told of a larger table, would fail here.
                assertThat(client.get(stream, "/").read(stream).status).isEqualTo(403);
            }
        }
    }

    @Test
    void aRealClientUploadsAndDownloadsMuchOnManyStreams() throws Exception {
        ConnectionProvider one = ConnectionProvider.builder("one")
                .maxConnections(1)
                .pendingAcquireMaxCount(200)
                .build();
        try (TestEdge edge = new TestEdge();
                RecordingPod pod = new RecordingPod("2.0")) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            HttpClient http = HttpClient.create(one)
                    .protocol(HttpProtocol.H2C)
                    .host("127.0.0.1")
                    .port(edge.server.address().getPort())
                    .headers(fields -> fields.set("Authorization", "Bearer " + TestEdge.TOKEN));
            List<Integer> statuses = Flux.range(0, 100)
                    .flatMap(
                            i -> http.get()
                                    .uri("/many/" + i)
                                    .responseSingle((response, body) -> body.asString()
                                            .map(text -> response.status().code())),
                            100)
                    .collectList()
                    .block(Duration.ofSeconds(20));
            assertThat(statuses).hasSize(100).containsOnly(200);
            assertThat(pod.take()).hasSize(100);
            Integer uploaded = http.post()
                    .uri("/upload")
                    .send(Flux.range(0, 64).map(i -> Unpooled.wrappedBuffer(new byte[16 << 10])))
                    .responseSingle((response, body) ->
                            body.asString().map(text -> response.status().code()))
                    .block(Duration.ofSeconds(20));
            assertThat(uploaded).isEqualTo(200);
            assertThat(pod.take()).hasSize(1).allMatch(seen -> seen.body().length() == 1 << 20);
            assertThat(pod.faults()).isEmpty();
            assertThat(edge.timelines).allMatch(timeline -> timeline.protocol.equals("HTTP/2.0"));
        } finally {
            one.disposeLater().block(Duration.ofSeconds(10));
        }
    }

    @Test
    void connectionsOfBothVersionsCanBeToldApartByteByByte() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.sendByteByByte(client, TestEdge.post("/", "abc"));
            assertThat(client.read().status()).isEqualTo(403);
        }
        try (TestEdge edge = new TestEdge();
                FrameClient client = FrameClient.silent(edge.server.address())) {
            List<byte[]> parts = new ArrayList<>();
            for (char c : FrameClient.PREFACE.toCharArray()) {
                parts.add(new byte[] {(byte) c});
            }
            for (byte b : FrameClient.bytes(FrameClient.SETTINGS, 0, 0)) {
                parts.add(new byte[] {b});
            }
            for (byte[] part : parts) {
                client.send(part);
                edge.server.eventLoops().getFirst().submit(() -> {}).get();
            }
            assertThat(client.get(1, "/").read(1).status).isEqualTo(403);
        }
    }

    @Test
    void withoutCleartextThePrefaceIsNoRequest() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_HTTP2_CLEARTEXT", "off");
                RawClient client = edge.client()) {
            assertThat(client.send(FrameClient.PREFACE).read().status()).isEqualTo(501);
        }
    }

    /** RFC 9113, section 3.4; h2spec's case http2/3.5/2. */
    @Test
    void whereHttp2IsRequiredAnyThingElseIsAConnectionError() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_HTTP2_CLEARTEXT", "required")) {
            for (String other : List.of(
                    "INVALID CONNECTION PREFACE\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                    "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")) {
                try (FrameClient client = FrameClient.silent(edge.server.address())) {
                    client.send(other.getBytes(StandardCharsets.US_ASCII));
                    assertThat(client.until("goaway").detail()).as(other).isEqualTo("PROTOCOL_ERROR");
                    assertThat(client.until("closed").kind()).isEqualTo("closed");
                }
            }
            try (FrameClient client = FrameClient.connect(edge.server.address())) {
                assertThat(client.get(1, "/").read(1).status).isEqualTo(403);
            }
        }
    }
}
