package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.WebSocketPeer.CLOSE;
import static io.percolate.gateway.proxy.engine.WebSocketPeer.PING;
import static io.percolate.gateway.proxy.engine.WebSocketPeer.PONG;
import static io.percolate.gateway.proxy.engine.WebSocketPeer.upgrade;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** WebSockets from a client to its tenant's pod and back. */
class WebSocketTest {
    private static ScriptedPod echo() throws Exception {
        return new ScriptedPod().then(socket -> WebSocketPeer.accept(socket).echo());
    }

    @Test
    void passesFramesOfAllSizesBothWays() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            for (int size : new int[] {0, 1, 125, 126, 65_535, 65_536, 1 << 20}) {
                String text = "x".repeat(size);
                assertThat(peer.text(text).read().text()).isEqualTo(text);
            }
            assertThat(peer.send(0x80 | PING, new byte[] {1, 2}).read())
                    .hasToString(new WebSocketPeer.Frame(PONG, new byte[] {1, 2}).toString());
            assertThat(peer.close(4001).readClose()).isEqualTo(4001);
            assertThat(client.isEnded()).isTrue();

            RequestTimeline timeline = edge.timeline();
            assertThat(timeline.status).isEqualTo(101);
            assertThat(timeline.answeredBy).isEqualTo(AnsweredBy.POD);
            assertThat(timeline.webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_CLOSED);
            assertThat(timeline.closeCode).isEqualTo(4001);
            assertThat(timeline.complete).isTrue();
            assertThat(timeline.failure).isNull();
            assertThat(timeline.requestBodyBytes).isGreaterThan(1 << 20);
            assertThat(timeline.responseBodyBytes).isBetween(1L << 20, timeline.requestBodyBytes);
            await().until(() -> edge.server.activeRequests() == 0);
            await().until(() -> edge.server.webSockets().active() == 0);
            await().until(() -> edge.server.webSockets().closedCount(WebSocketEnd.CLIENT_CLOSED) == 1);
        }
    }

    @Test
    void speaksWithTheClientOfTheJdk() throws Exception {
        CompletableFuture<String> said = new CompletableFuture<>();
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                HttpClient http = HttpClient.newHttpClient()) {
            edge.hotIn(pod);
            WebSocket socket = http.newWebSocketBuilder()
                    .header("Authorization", "Bearer " + TestEdge.TOKEN)
                    .buildAsync(
                            URI.create("ws://127.0.0.1:" + edge.server.address().getPort() + "/ws"),
                            new WebSocket.Listener() {
                                @Override
                                public @Nullable CompletionStage<?> onText(
                                        WebSocket from, CharSequence data, boolean last) {
                                    said.complete(data.toString());
                                    from.request(1);
                                    return null;
                                }

                                @Override
                                public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                                    closed.complete(code);
                                    return null;
                                }
                            })
                    .get(10, TimeUnit.SECONDS);
            socket.sendText("grüße", true).get(10, TimeUnit.SECONDS);
            assertThat(said.get(10, TimeUnit.SECONDS)).isEqualTo("grüße");
            socket.sendClose(4002, "done").get(10, TimeUnit.SECONDS);
            assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo(4002);
            assertThat(edge.timeline().closeCode).isEqualTo(4002);
        }
    }

    @Test
    void aColdTenantsIsHeldUntilThereIsAPod() throws Exception {
        Sinks.One<TenantRoute> wake = Sinks.one();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.just(new Actors.TextContext("a context is no answer")));
            edge.wakes.outcome(wake.asMono());
            client.send(upgrade("/ws"));
            await().until(() -> edge.wakes.calls() == 1);
            wake.tryEmitValue(TestEdge.hot(pod.address(), 1)).orThrow();

            assertThat(client.read().status()).isEqualTo(101);
            WebSocketPeer peer = WebSocketPeer.of(client);
            assertThat(peer.text("warm").read().text()).isEqualTo("warm");
            peer.close(1000).readClose();
            assertThat(edge.timeline().answeredBy).isEqualTo(AnsweredBy.POD_AFTER_HOLD);
        }
    }

    @Test
    void thePodSeesTheHandshakeAndNothingOfTheTokensCarrier() throws Exception {
        AtomicReference<List<String>> seen = new AtomicReference<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    seen.set(socket.readHead());
                    WebSocketPeer.switched(socket, WebSocketPeer.KEY, "Sec-WebSocket-Protocol: chat")
                            .echo();
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(browser("bearer, " + TestEdge.TOKEN + ", chat, other"));
            RawClient.Answer answer = client.read();
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.header("Sec-WebSocket-Protocol")).isEqualTo("chat");
            assertThat(answer.header("Upgrade")).isEqualTo("websocket");
            assertThat(answer.header("Connection")).isEqualTo("Upgrade");
            WebSocketPeer.of(client).close(1000).readClose();

            assertThat(PodSocket.header(seen.get(), "Upgrade")).isEqualTo("websocket");
            assertThat(PodSocket.header(seen.get(), "Connection")).isEqualTo("Upgrade");
            assertThat(PodSocket.header(seen.get(), "Sec-WebSocket-Protocol")).isEqualTo("chat, other");
            assertThat(PodSocket.header(seen.get(), "Authorization")).isEqualTo("Bearer " + TestEdge.TOKEN);
            assertThat(PodSocket.header(seen.get(), "X-Tenant-Id")).isEqualTo(TestEdge.TENANT.toString());
        }
    }

    @Test
    void aBrowserThatOffersOnlyTheTokenIsToldItsName() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                RawClient client = edge.hotIn(pod).client()) {
            client.send(browser("bearer, " + TestEdge.TOKEN));
            RawClient.Answer answer = client.read();

            assertThat(answer.status()).isEqualTo(101);
            // A browser fails a connection that selects none of the subprotocols it has offered.
            assertThat(answer.header("Sec-WebSocket-Protocol")).isEqualTo("bearer");
            WebSocketPeer.of(client).close(1000).readClose();
        }
    }

    @Test
    void aTokenInTheQueryIsTakenWhereThatIsConfiguredAndGoesNoFurther() throws Exception {
        AtomicReference<String> line = new AtomicReference<>();
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_TOKEN_PARAMETER", "access_token");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    line.set(head.getFirst());
                    WebSocketPeer.switched(socket, WebSocketPeer.KEY).echo();
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(browser("").replace("/ws", "/ws?a=1&access_token=" + TestEdge.TOKEN + "&b=2"));
            assertThat(client.read().status()).isEqualTo(101);
            WebSocketPeer.of(client).close(1000).readClose();

            assertThat(line.get()).isEqualTo("GET /ws?a=1&b=2 HTTP/1.1");
            assertThat(edge.timeline().target).isEqualTo("/ws?a=1&b=2");
        }
    }

    @Test
    void aTokenInTheQueryIsNoneUnlessConfigured() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            client.send(browser("").replace("/ws", "/ws?access_token=" + TestEdge.TOKEN));

            assertThat(client.read().status()).isEqualTo(401);
            assertThat(client.isEnded()).isTrue();
        }
    }

    /** A handshake without Authorization. */
    private static String browser(String protocols) {
        return upgrade("/ws", protocols.isEmpty() ? "X-None: a" : "Sec-WebSocket-Protocol: " + protocols)
                .replace("Authorization: Bearer " + TestEdge.TOKEN + "\r\n", "");
    }

    @Test
    void compressionPassesUntouchedWhenItWasAgreedOn() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> WebSocketPeer.accept(
                                        socket,
                                        "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover")
                                .echo());
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(
                    client, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-other");
            byte[] deflated = {(byte) 0xf2, 0x48, (byte) 0xcd, (byte) 0xc9, (byte) 0xc9, 0x07, 0x00};
            WebSocketPeer.Frame frame = peer.send(0xc1, deflated).read();

            assertThat(frame).hasToString(new WebSocketPeer.Frame(0x41, deflated).toString());
            peer.close(1000).readClose();
        }
    }

    @Test
    void whatComesBehindTheHandshakeWaitsForIt() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    asked.countDown();
                    assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
                    assertThat(socket.in().available()).isZero();
                    WebSocketPeer.switched(socket, WebSocketPeer.KEY).echo();
                });
                RawClient client = edge.hotIn(pod).client()) {
            byte[] early = WebSocketPeer.frame(0x81, "early".getBytes(StandardCharsets.US_ASCII), true);
            client.send(upgrade("/ws") + new String(early, StandardCharsets.ISO_8859_1));
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            go.countDown();

            assertThat(client.read().status()).isEqualTo(101);
            WebSocketPeer peer = WebSocketPeer.of(client);
            assertThat(peer.read().text()).isEqualTo("early");
            peer.close(1000).readClose();
        }
    }

    @Test
    void whatComesBehindARefusedHandshakeIsNoRequest() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(
                            "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\nX-Why: a\r\n\r\nno");
                    assertThat(socket.readToEnd()).doesNotContain("smuggled");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(upgrade("/ws") + TestEdge.get("/smuggled"));
            RawClient.Answer answer = client.read();

            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.body()).isEqualTo("no");
            assertThat(answer.header("X-Why")).isEqualTo("a");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(client.isEnded()).isTrue();
            assertThat(edge.timelines).hasSize(1);
            assertThat(edge.timeline().status).isEqualTo(403);
        }
    }

    @Test
    void aPodThatDiesIsTold() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer.accept(socket).text("last words");
                    socket.close();
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            assertThat(peer.read().text()).isEqualTo("last words");
            assertThat(peer.readClose()).isEqualTo(1011);
            peer.close(1011);
            assertThat(client.isEnded()).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.POD_GONE);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.POD_CLOSED);
        }
    }

    @Test
    void aPodThatDiesWithinAFrameBreaksTheConnectionOff() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer.accept(socket).raw("8105 6162");
                    socket.close();
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer.open(client);
            // Nothing could be said that is not taken for the rest of the frame.
            assertThat(client.in().readNBytes(4)).containsExactly(0x81, 5, 'a', 'b');
            assertThat(client.isEnded()).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.POD_GONE);
        }
    }

    @Test
    void aClientThatDiesEndsThePodsSide() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer.accept(socket).text("hello");
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                    left.countDown();
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer.open(client).read();
            client.reset();

            assertThat(left.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_GONE);
        }
    }

    @Test
    void aCloseOfThePodPassesWithItsCode() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer peer = WebSocketPeer.accept(socket).close(4999);
                    assertThat(peer.readClose()).isEqualTo(4999);
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            assertThat(peer.readClose()).isEqualTo(4999);
            peer.close(4999);
            assertThat(client.isEnded()).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.POD_CLOSED);
        }
    }

    @Test
    void aClientThatBreaksTheProtocolClosesBothSides() throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer peer = WebSocketPeer.accept(socket);
                    assertThat(peer.read().text()).isEqualTo("good");
                    podsCode.complete(peer.readClose());
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            peer.text("good").raw("8101 61");

            assertThat(peer.readClose()).isEqualTo(1002);
            assertThat(podsCode.get(10, TimeUnit.SECONDS)).isEqualTo(1002);
            assertThat(client.isEnded()).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_VIOLATION);
        }
    }

    @Test
    void aPodThatBreaksTheProtocolClosesBothSides() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer peer = WebSocketPeer.accept(socket).raw("8181 00000000 61");
                    assertThat(peer.readClose()).isEqualTo(1002);
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            assertThat(peer.readClose()).isEqualTo(1002);
            peer.close(1002);
            assertThat(client.isEnded()).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.POD_VIOLATION);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.POD_RESPONSE_INVALID);
        }
    }

    @Test
    void framesBeyondTheBoundsCloseWith1009() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_FRAME_BYTES_MAX", "1KiB");
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> assertThat(WebSocketPeer.accept(socket).readClose())
                                .isEqualTo(1009));
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);

            assertThat(peer.text("x".repeat(1025)).readClose()).isEqualTo(1009);
        }
    }

    @Test
    void aCloseWithoutACodePassesWithoutOne() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = echo();
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);

            assertThat(peer.send(0x80 | CLOSE, new byte[0]).read().payload()).isEmpty();
            assertThat(edge.timeline().closeCode).isEqualTo(1005);
        }
    }
}
