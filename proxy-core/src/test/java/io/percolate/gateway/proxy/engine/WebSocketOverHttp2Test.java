package io.percolate.gateway.proxy.engine;

import static io.netty.handler.codec.http2.Http2Error.CANCEL;
import static io.percolate.gateway.proxy.engine.FrameClient.DATA;
import static io.percolate.gateway.proxy.engine.FrameClient.END_HEADERS;
import static io.percolate.gateway.proxy.engine.FrameClient.END_STREAM;
import static io.percolate.gateway.proxy.engine.FrameClient.HEADERS;
import static io.percolate.gateway.proxy.engine.WebSocketPeer.BINARY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** WebSockets on streams of HTTP/2 (RFC 8441), to pods that speak HTTP/1.1. */
class WebSocketOverHttp2Test {
    private static final int ENABLE_CONNECT_PROTOCOL = 8;
    private static final int INITIAL_WINDOW_SIZE = 4;

    private static ScriptedPod echo() throws Exception {
        return new ScriptedPod().then(socket -> WebSocketPeer.accept(socket).echo());
    }

    private static ConnectClient client(TestEdge edge, byte... settings) throws IOException {
        return new ConnectClient(edge.server.address(), settings);
    }

    @Test
    void passesFramesOfAllSizesBothWays() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream stream = client.open(1);
            assertThat(client.frames().settings()).containsEntry(ENABLE_CONNECT_PROTOCOL, 1L);
            assertThat(stream.answer().head)
                    .containsKeys("x-request-id", "via")
                    .doesNotContainKeys("connection", "upgrade", "sec-websocket-accept", "content-length");
            WebSocketPeer peer = stream.peer();
            for (int size : new int[] {0, 1, 125, 126, 65_535, 65_536, 1 << 20}) {
                String text = "x".repeat(size);
                assertThat(peer.text(text).read().text()).isEqualTo(text);
            }
            assertThat(peer.close(4001).readClose()).isEqualTo(4001);
            assertThat(stream.isEnded()).isTrue();
            stream.end();

            RequestTimeline timeline = edge.timeline();
            assertThat(timeline.status).isEqualTo(200);
            assertThat(timeline.protocol).isEqualTo("HTTP/2.0");
            assertThat(timeline.answeredBy).isEqualTo(AnsweredBy.POD);
            assertThat(timeline.webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_CLOSED);
            assertThat(timeline.closeCode).isEqualTo(4001);
            assertThat(timeline.complete).isTrue();
            assertThat(timeline.requestBodyBytes).isGreaterThan(1 << 20);
            assertThat(timeline.responseBodyBytes).isBetween(1L << 20, timeline.requestBodyBytes);
            assertThat(edge.server.activeRequests()).isZero();
            assertThat(edge.server.webSockets().active()).isZero();
            assertThat(edge.server.webSockets().openedCount()).isOne();
        }
    }

    @Test
    void aClientWithASmallWindowGetsAllOfIt() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                ConnectClient client = client(edge.hotIn(pod), FrameClient.setting(INITIAL_WINDOW_SIZE, 10_000))) {
            WebSocketPeer peer = client.open(1).peer();
            String text = "x".repeat(300_000);

            assertThat(peer.text(text).read().text()).isEqualTo(text);
            peer.close(1000).readClose();
        }
    }

    @Test
    void thePodSeesTheHandshakeOfHttp11() throws Exception {
        AtomicReference<List<String>> seen = new AtomicReference<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    seen.set(head);
                    WebSocketPeer.switched(
                                    socket,
                                    PodSocket.header(head, "Sec-WebSocket-Key"),
                                    "Sec-WebSocket-Protocol: chat",
                                    "Sec-WebSocket-Extensions: permessage-deflate",
                                    "X-Own: 1")
                            .echo();
                });
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream stream = client.askWithoutToken(
                    1,
                    "sec-websocket-protocol=bearer, " + TestEdge.TOKEN + ", chat, other",
                    "sec-websocket-extensions=permessage-deflate",
                    "sec-websocket-key=" + WebSocketPeer.KEY);
            assertThat(stream.awaitHead().head)
                    .containsEntry(":status", "200")
                    .containsEntry("sec-websocket-protocol", "chat")
                    .containsEntry("sec-websocket-extensions", "permessage-deflate")
                    .containsEntry("x-own", "1");
            stream.peer().close(1000).readClose();

            List<String> head = Objects.requireNonNull(seen.get());
            assertThat(head.getFirst()).isEqualTo("GET /ws HTTP/1.1");
            assertThat(PodSocket.header(head, "Host")).isEqualTo("tenant.example");
            assertThat(PodSocket.header(head, "Upgrade")).isEqualTo("websocket");
            assertThat(PodSocket.header(head, "Connection")).isEqualTo("Upgrade");
            assertThat(PodSocket.header(head, "Sec-WebSocket-Version")).isEqualTo("13");
            assertThat(PodSocket.header(head, "Sec-WebSocket-Protocol")).isEqualTo("chat, other");
            assertThat(PodSocket.header(head, "Authorization")).isEqualTo("Bearer " + TestEdge.TOKEN);
            assertThat(PodSocket.header(head, "Transfer-Encoding")).isEmpty();
            assertThat(PodSocket.header(head, "Via")).isEqualTo("2.0 percolate");
            String key = PodSocket.header(head, "Sec-WebSocket-Key");
            assertThat(key).isNotEqualTo(WebSocketPeer.KEY);
            assertThat(Base64.getDecoder().decode(key)).hasSize(16);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "another origin, origin=https://evil.example, 403",
        "two origins,    origin=https://app.example|origin=https://app.example, 400",
        "two versions,   sec-websocket-version=8, 426",
        "two tokens,     'sec-websocket-protocol=bearer, aaa.bbb.ccc', 400",
        "a path of the fleet, :path=/internal/x, 404",
    })
    void aRequestThatIsNotOneIsRefusedAsInHttp11(String title, String fields, int status) throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_ORIGINS", "https://app.example");
                ConnectClient client = client(edge)) {
            String path = fields.startsWith(":path=") ? fields : ":path=/ws";
            String[] more = fields.startsWith(":path=") ? new String[0] : fields.split("\\|");
            String[] all = new String[7 + more.length];
            System.arraycopy(
                    new String[] {
                        ":method=CONNECT",
                        ":protocol=websocket",
                        ":scheme=http",
                        ":authority=tenant.example",
                        path,
                        "sec-websocket-version=13",
                        "authorization=Bearer " + TestEdge.TOKEN
                    },
                    0,
                    all,
                    0,
                    7);
            System.arraycopy(more, 0, all, 7, more.length);
            client.frames().frame(HEADERS, END_HEADERS, 1, FrameClient.block(all));

            FrameClient.Answer answer = client.frames().read(1);
            assertThat(answer.status).isEqualTo(status);
            assertThat(answer.head).doesNotContainKeys("upgrade", "connection");
            if (status == 426) {
                assertThat(answer.head).containsEntry("sec-websocket-version", "13");
            }
            client.until(() -> "NO_ERROR".equals(client.frames().answer(1).reset));
        }
    }

    @Test
    void aColdTenantsIsHeldAndSoIsWhatItsClientSendsAhead() throws Exception {
        Sinks.One<TenantRoute> wake = Sinks.one();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                ConnectClient client = client(edge)) {
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.just(new Actors.TextContext("a context is no answer")));
            edge.wakes.outcome(wake.asMono());
            ConnectClient.Stream stream = client.ask(1);
            WebSocketPeer peer = stream.peer().text("early");
            await().until(() -> edge.wakes.calls() == 1);
            wake.tryEmitValue(TestEdge.hot(pod.address(), 1)).orThrow();

            assertThat(peer.read().text()).isEqualTo("early");
            assertThat(stream.answer().status).isEqualTo(200);
            peer.close(1000).readClose();
            assertThat(edge.timeline().answeredBy).isEqualTo(AnsweredBy.POD_AFTER_HOLD);
        }
    }

    @Test
    void aPodsRefusalIsTheAnswerAndTheConnectionGoesOn() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: a\r\n\r\nno");
                    socket.readHead();
                    socket.respond("plain");
                });
                ConnectClient client = client(edge.hotIn(pod))) {
            client.ask(1);
            FrameClient.Answer answer = client.frames().read(1);
            assertThat(answer.status).isEqualTo(403);
            assertThat(answer.text()).isEqualTo("no");
            assertThat(answer.head).containsEntry("x-why", "a");
            client.until(() -> "NO_ERROR".equals(answer.reset));
            assertThat(client.frames().get(3, "/").read(3).text()).isEqualTo("plain");
            assertThat(edge.server.webSockets().openedCount()).isZero();
        }
    }

    /** In HTTP/2 any 2xx would be read as that the WebSocket is open. */
    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 200 OK~Content-Length: 4~~abcd",
        "HTTP/1.1 204 No Content~~",
        "HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=~~",
        "HTTP/1.1 101 Switching Protocols~Upgrade: websocket~Connection: Upgrade~~"
    })
    void aPodThatDoesNotSwitchIsNeverTakenToHave(String answered) throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(answered.replace("~", "\r\n"));
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                });
                ConnectClient client = client(edge.hotIn(pod))) {
            client.ask(1);

            assertThat(client.frames().read(1).status).isEqualTo(502);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.POD_RESPONSE_INVALID);
            assertThat(edge.server.webSockets().openedCount()).isZero();
        }
    }

    @Test
    void aPodThatDiesIsTold() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer.accept(socket).text("last words");
                    socket.close();
                });
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream stream = client.open(1);
            WebSocketPeer peer = stream.peer();
            assertThat(peer.read().text()).isEqualTo("last words");
            assertThat(peer.readClose()).isEqualTo(1011);
            peer.close(1011);
            assertThat(stream.isEnded()).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.POD_GONE);
        }
    }

    @Test
    void aPodThatDiesWithinAFrameResetsTheStream() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer.accept(socket).raw("8105 6162");
                    socket.close();
                });
                ConnectClient client = client(edge.hotIn(pod))) {
            assertThat(client.open(1).awaitReset()).isEqualTo("CANCEL");
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.POD_GONE);
        }
    }

    @ParameterizedTest
    @CsvSource({"reset", "end", "headers", "connection"})
    void aClientThatLeavesEndsThePodsSide(String how) throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer.accept(socket).text("hello");
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                    left.countDown();
                });
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream stream = client.open(1);
            stream.peer().read();
            switch (how) {
                case "reset" -> client.frames().reset(1, CANCEL);
                case "end" -> {
                    stream.end();
                    assertThat(stream.isEnded()).isTrue();
                }
                case "headers" -> {
                    // RFC 9113, section 8.5: a connected stream has no trailers.
                    client.frames().frame(HEADERS, END_STREAM | END_HEADERS, 1, FrameClient.block("a=b"));
                    assertThat(stream.awaitReset()).isEqualTo("PROTOCOL_ERROR");
                }
                default -> client.leave();
            }
            assertThat(left.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_GONE);
            assertThat(edge.server.webSockets().active()).isZero();
        }
    }

    @Test
    void aCloseThatComesWithTheEndOfTheStreamIsStillAnswered() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream stream = client.open(1);
            byte[] close = WebSocketPeer.frame(0x88, new byte[] {0x0f, (byte) 0xa0}, true);
            client.frames().frame(DATA, END_STREAM, 1, close);

            assertThat(stream.peer().readClose()).isEqualTo(4000);
            assertThat(stream.isEnded()).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_CLOSED);
            assertThat(edge.timeline().complete).isTrue();
        }
    }

    @Test
    void endWhenTheirTokenIsRevokedAndTheConnectionGoesOn() throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = closedWith(podsCode).then(socket -> {
                    socket.readHead();
                    socket.respond("plain");
                });
                ConnectClient client = client(edge.hotIn(pod))) {
            edge.tokens.accept("ddd.eee.fff", TestEdge.TENANT);
            ConnectClient.Stream stream = client.askWithoutToken(1, "authorization=Bearer ddd.eee.fff");
            assertThat(stream.awaitHead().status).isEqualTo(200);
            edge.tokens.revoke("ddd.eee.fff");

            checkClosedBothSides(edge, stream, podsCode, WebSocketEnd.TOKEN);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.TOKEN_REVOKED);
            assertThat(client.frames().get(3, "/").read(3).text()).isEqualTo("plain");
        }
    }

    @Test
    void endWhenNoFrameComes() throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_IDLE_TIMEOUT", "200ms");
                ScriptedPod pod = closedWith(podsCode);
                ConnectClient client = client(edge.hotIn(pod))) {
            checkClosedBothSides(edge, client.open(1), podsCode, WebSocketEnd.IDLE);
        }
    }

    @Test
    void endWhenTheGatewayDrains() throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_DRAIN_PERCENT", "5");
                ScriptedPod pod = closedWith(podsCode);
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream stream = client.open(1);
            CompletableFuture<@Nullable Void> drained =
                    edge.server.drain(Duration.ofSeconds(20)).toFuture();

            checkClosedBothSides(edge, stream, podsCode, WebSocketEnd.DRAIN);
            stream.end();
            client.frames().until("closed");
            assertThat(client.frames().goAways()).isPositive();
            assertThat(client.frames().lastStream()).isOne();
            drained.get(10, TimeUnit.SECONDS);
        }
    }

    private static ScriptedPod closedWith(CompletableFuture<Integer> code) throws IOException {
        return new ScriptedPod().then(socket -> {
            WebSocketPeer peer = WebSocketPeer.accept(socket);
            int said = peer.readClose();
            peer.close(said);
            code.complete(said);
        });
    }

    private static void checkClosedBothSides(
            TestEdge edge, ConnectClient.Stream stream, CompletableFuture<Integer> podsCode, WebSocketEnd how)
            throws Exception {
        WebSocketPeer peer = stream.peer();
        assertThat(peer.readClose()).isEqualTo(how.code());
        peer.close(how.code());
        assertThat(podsCode.get(10, TimeUnit.SECONDS)).isEqualTo(how.code());
        assertThat(stream.isEnded()).isTrue();
        RequestTimeline timeline = edge.timeline();
        assertThat(timeline.webSocketEnd).isEqualTo(how);
        assertThat(timeline.closeCode).isEqualTo(how.code());
        assertThat(edge.server.webSockets().closedCount(how)).isOne();
    }

    @Test
    void thereAreNoMoreThanMayBe() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_CONNECTIONS_MAX", "1");
                ScriptedPod pod = echo();
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream stream = client.open(1);
            assertThat(client.ask(3).awaitHead().status).isEqualTo(503);
            WebSocketPeer peer = stream.peer();
            assertThat(peer.text("still").read().text()).isEqualTo("still");
            peer.close(1000).readClose();
        }
    }

    @Test
    void twoOfThemAndRequestsShareAConnection() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> WebSocketPeer.accept(socket).echo())
                        .then(socket -> WebSocketPeer.accept(socket).echo())
                        .then(socket -> {
                            for (int i = 0; i < 3; i++) {
                                socket.readHead();
                                socket.respond("plain " + i);
                            }
                        });
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream first = client.open(1);
            ConnectClient.Stream second = client.open(3);
            for (int i = 0; i < 3; i++) {
                first.peer().text("first " + i);
                second.peer().text("second " + i);
                int id = 5 + 2 * i;
                assertThat(client.frames().get(id, "/").read(id).text()).isEqualTo("plain " + i);
                assertThat(second.peer().read().text()).isEqualTo("second " + i);
                assertThat(first.peer().read().text()).isEqualTo("first " + i);
            }
            assertThat(edge.server.webSockets().active()).isEqualTo(2);
            first.peer().close(1000).readClose();
            assertThat(second.peer().text("alone").read().text()).isEqualTo("alone");
            second.peer().close(1000).readClose();
            assertThat(first.isEnded() && second.isEnded()).isTrue();
        }
    }

    @Test
    void socketsThatAreNotReadPauseTheirPodsAlone() throws Exception {
        AtomicLong written = new AtomicLong();
        String body = "b".repeat(400_000);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> flood(WebSocketPeer.accept(socket), written))
                        .then(socket -> flood(WebSocketPeer.accept(socket), written))
                        .then(socket -> {
                            socket.readHead();
                            socket.respond(body);
                        });
                ConnectClient client = client(edge.hotIn(pod))) {
            client.frames().givesWindow(false);
            for (int id : new int[] {1, 3}) {
                ConnectClient.Stream stream = client.open(id);
                client.until(() -> stream.answer().bodyBytes == 65_535);
                client.frames().window(0, 65_535);
            }
            // Each has a read or two waiting in the gateway, more together than the connection's window is wide.
            client.frames().givesWindow(true);
            assertThat(client.frames().get(5, "/").read(5).bodyBytes).isEqualTo(body.length());
            assertThat(edge.server.webSockets().active()).isEqualTo(2);
            client.frames().reset(1, CANCEL).reset(3, CANCEL);
            await().until(() -> edge.server.webSockets().active() == 0);
            assertThat(written.get()).isLessThan(64L << 20);
        }
    }

    @Test
    void aClientThatGivesNoWindowIsGivenUp() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "700ms");
                ScriptedPod pod =
                        new ScriptedPod().then(socket -> flood(WebSocketPeer.accept(socket), new AtomicLong()));
                ConnectClient client = client(edge.hotIn(pod))) {
            client.frames().givesWindow(false);

            assertThat(client.open(1).awaitReset()).isEqualTo("CANCEL");
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_NOT_READING);
        }
    }

    private static void flood(WebSocketPeer peer, AtomicLong written) {
        byte[] part = new byte[64 << 10];
        try {
            while (written.get() < 1L << 30) {
                peer.send(0x80 | BINARY, part);
                written.addAndGet(part.length);
            }
        } catch (IOException endedAsExpected) {
            return;
        }
    }

    @Test
    void aPodThatReadsNothingGivesItsClientNoCredit() throws Exception {
        AtomicLong written = new AtomicLong();
        CountDownLatch over = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "700ms", "GATEWAY_WEBSOCKET_MESSAGE_BYTES_MAX", "1MiB");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer.accept(socket);
                    assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
                });
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream stream = client.open(1);
            flood(stream.peer(), written);

            assertThat(stream.peer().readClose()).isEqualTo(1011);
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.POD_NOT_READING);
            assertThat(written.get()).isLessThan(32L << 20);
            over.countDown();
        }
    }

    @Test
    void whatComesBehindTheEndIsDropped() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                ConnectClient client = client(edge.hotIn(pod))) {
            ConnectClient.Stream stream = client.open(1);
            stream.peer().close(1000).readClose();
            assertThat(stream.isEnded()).isTrue();
            // Neither a fault nor anybody's: its client could not know of the end.
            client.frames().frame(DATA, 0, 1, "late".getBytes(StandardCharsets.US_ASCII));
            client.frames().ping();
            assertThat(client.frames().until("pong").detail()).isEmpty();
            assertThat(stream.answer().reset).isNull();
            assertThat(stream.awaitReset()).isEqualTo("NO_ERROR");
        }
    }
}
