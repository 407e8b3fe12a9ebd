package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.WebSocketPeer.PING;
import static io.percolate.gateway.proxy.engine.WebSocketPeer.PONG;
import static io.percolate.gateway.proxy.engine.WebSocketPeer.upgrade;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** WebSockets that the gateway ends by itself, pings, or has no room for. */
class WebSocketClosingTest {
    /** A pod that tells the code it was closed with, and answers it. */
    private static ScriptedPod closedWith(CompletableFuture<Integer> code) throws IOException {
        return new ScriptedPod().then(socket -> {
            WebSocketPeer peer = WebSocketPeer.accept(socket);
            int said = peer.readClose();
            peer.close(said);
            code.complete(said);
        });
    }

    private static void checkClosedBothSides(
            TestEdge edge, RawClient client, WebSocketPeer peer, CompletableFuture<Integer> podsCode, WebSocketEnd how)
            throws Exception {
        assertThat(peer.readClose()).isEqualTo(how.code());
        peer.close(how.code());
        assertThat(podsCode.get(10, TimeUnit.SECONDS)).isEqualTo(how.code());
        assertThat(client.isEnded()).isTrue();
        RequestTimeline timeline = edge.timeline();
        assertThat(timeline.webSocketEnd).isEqualTo(how);
        assertThat(timeline.closeCode).isEqualTo(how.code());
        assertThat(timeline.complete).isFalse();
        await().until(() -> edge.server.webSockets().closedCount(how) == 1);
    }

    @Test
    void endWhenTheirTokenIsRevoked() throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = closedWith(podsCode);
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            edge.tokens.revoke(TestEdge.TOKEN);

            checkClosedBothSides(edge, client, peer, podsCode, WebSocketEnd.TOKEN);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.TOKEN_REVOKED);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SUSPENDED", "DELETED"})
    void endWhenTheirTenantMayNoMore(TenantStatus status) throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = closedWith(podsCode);
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            edge.routes.put(TestEdge.route(Residency.HOT, status, Tier.B, pod.address(), 1));

            checkClosedBothSides(edge, client, peer, podsCode, WebSocketEnd.TENANT);
        }
    }

    @Test
    void endWhenTheGatewayDrains() throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_DRAIN_PERCENT", "5");
                ScriptedPod pod = closedWith(podsCode);
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            CompletableFuture<@Nullable Void> drained =
                    edge.server.drain(Duration.ofSeconds(20)).toFuture();

            checkClosedBothSides(edge, client, peer, podsCode, WebSocketEnd.DRAIN);
            drained.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void endWhenNoFrameComes() throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_IDLE_TIMEOUT", "200ms");
                ScriptedPod pod = closedWith(podsCode);
                RawClient client = edge.hotIn(pod).client()) {
            checkClosedBothSides(edge, client, WebSocketPeer.open(client), podsCode, WebSocketEnd.IDLE);
        }
    }

    @Test
    void endWithTheirLifetime() throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_LIFETIME_MAX", "200ms");
                ScriptedPod pod = closedWith(podsCode);
                RawClient client = edge.hotIn(pod).client()) {
            checkClosedBothSides(edge, client, WebSocketPeer.open(client), podsCode, WebSocketEnd.LIFETIME);
        }
    }

    /** The exchange's own time-outs, which are shorter, are none of a tunnel's. */
    @Test
    void lastLongerThanAnyExchangeMay() throws Exception {
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_IDLE_TIMEOUT", "50ms",
                        "GATEWAY_EDGE_BODY_IDLE_TIMEOUT", "50ms",
                        "GATEWAY_UPSTREAM_IDLE_TIMEOUT", "50ms",
                        "GATEWAY_UPSTREAM_RESPONSE_TIMEOUT", "500ms",
                        "GATEWAY_UPSTREAM_POOL_IDLE_TIMEOUT", "50ms");
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> WebSocketPeer.accept(socket).echo());
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            long opened = System.nanoTime();
            await().until(() -> System.nanoTime() - opened > 4 * LongAnswers.LOOK_NANOS);

            assertThat(peer.text("still").read().text()).isEqualTo("still");
            peer.close(1000).readClose();
        }
    }

    @Test
    void aCloseWaitsForTheEndOfTheFrameThatIsUnderWay() throws Exception {
        CountDownLatch revoked = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_CLOSE_TIMEOUT", "10s");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer peer = WebSocketPeer.accept(socket).raw("8104 6162");
                    assertThat(revoked.await(10, TimeUnit.SECONDS)).isTrue();
                    assertThat(peer.readClose()).isEqualTo(1008);
                    peer.raw("6364 8101 65").close(1008);
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            edge.tokens.revoke(TestEdge.TOKEN);
            revoked.countDown();

            assertThat(peer.read().text()).isEqualTo("abcd");
            assertThat(peer.readClose()).isEqualTo(1008);
        }
    }

    @Test
    void aFrameThatDoesNotEndIsBrokenOff() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer peer = WebSocketPeer.accept(socket).raw("8104 6162");
                    assertThat(peer.readClose()).isEqualTo(1008);
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer.open(client);
            edge.tokens.revoke(TestEdge.TOKEN);

            assertThat(client.in().readNBytes(4)).containsExactly(0x81, 4, 'a', 'b');
            assertThat(client.isEnded()).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.TOKEN);
        }
    }

    @Test
    void whoDoesNotAnswerACloseIsLeft() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_CLOSE_TIMEOUT", "200ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer peer = WebSocketPeer.accept(socket);
                    assertThat(peer.readClose()).isEqualTo(4000);
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer.open(client).close(4000);

            assertThat(client.isEnded()).isTrue();
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_CLOSED);
        }
    }

    @Test
    void pingsOfTheGatewayAreItsOwnAndTheirPongsToo() throws Exception {
        CompletableFuture<byte[]> podPinged = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_WEBSOCKET_PING_INTERVAL", "100ms", "GATEWAY_WEBSOCKET_IDLE_TIMEOUT", "60s");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer peer = WebSocketPeer.accept(socket);
                    WebSocketPeer.Frame ping = peer.read();
                    assertThat(ping.opcode()).isEqualTo(PING);
                    podPinged.complete(ping.payload());
                    peer.send(0x80 | PONG, ping.payload());
                    peer.echo();
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            WebSocketPeer.Frame ping = peer.read();
            assertThat(ping.opcode()).isEqualTo(PING);
            assertThat(ping.payload()).hasSize(8);
            peer.send(0x80 | PONG, ping.payload());
            assertThat(podPinged.get(10, TimeUnit.SECONDS)).isNotEqualTo(ping.payload());

            // A pong that nobody asked for passes, and the pod's answer to the client's own ping does.
            peer.send(0x80 | PING, new byte[] {7});
            WebSocketPeer.Frame answer = peer.read();
            while (answer.opcode() == PING) {
                peer.send(0x80 | PONG, answer.payload());
                answer = peer.read();
            }
            assertThat(answer).hasToString(new WebSocketPeer.Frame(PONG, new byte[] {7}).toString());
            peer.close(1000);
        }
    }

    @Test
    void whoIsSilentThroughAPingIsDead() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_PING_INTERVAL", "100ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer peer = WebSocketPeer.accept(socket);
                    try {
                        while (true) {
                            peer.send(0x80 | PONG, peer.read().payload());
                        }
                    } catch (IOException endedAsExpected) {
                        return;
                    }
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer.open(client);

            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_GONE);
        }
    }

    @Test
    void thereAreNoMoreThanMayBe() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_CONNECTIONS_MAX", "1");
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> WebSocketPeer.accept(socket).echo())
                        .then(socket -> WebSocketPeer.accept(socket).echo());
                RawClient first = edge.hotIn(pod).client();
                RawClient second = edge.client();
                RawClient third = edge.client()) {
            WebSocketPeer peer = WebSocketPeer.open(first);
            await().until(() -> edge.server.webSockets().active() == 1);

            RawClient.Answer refused = second.send(upgrade("/ws")).read();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isEqualTo("1");

            peer.close(1000).readClose();
            await().until(() -> edge.server.webSockets().active() == 0);
            WebSocketPeer.open(third).close(1000).readClose();
        }
    }

    @Test
    void aTenantHasNoMoreThanItsPlanGrants() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_WEBSOCKET_TENANT_MAX", "0");
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> WebSocketPeer.accept(socket).echo());
                RawClient first = edge.hotIn(pod).client();
                RawClient second = edge.client();
                RawClient third = edge.client()) {
            assertThat(first.send(upgrade("/ws")).read().status()).isEqualTo(429);
            TenantRoute plain = TestEdge.hot(pod.address(), 1);
            edge.routes.put(new TenantRoute(
                    plain.tenant(),
                    plain.tier(),
                    plain.status(),
                    plain.securityMode(),
                    plain.residency(),
                    plain.placement(),
                    plain.epoch(),
                    plain.region(),
                    null,
                    null,
                    plain.version(),
                    new PlanLimits(null, null, null, null, null, 1L, null)));
            WebSocketPeer peer = WebSocketPeer.open(second);

            assertThat(third.send(upgrade("/ws")).read().status()).isEqualTo(429);
            peer.close(1000).readClose();
        }
    }

    @Test
    void aClientThatReadsNothingPausesThePodAndIsGivenUp() throws Exception {
        AtomicLong written = new AtomicLong();
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "700ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> flood(WebSocketPeer.accept(socket), written));
                RawClient client = new RawClient(edge.hotIn(pod).server.address(), 16 << 10)) {
            WebSocketPeer.open(client);

            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.CLIENT_NOT_READING);
            // What sockets and the edge's bounded buffers hold, of the gigabyte that was there to be sent.
            assertThat(written.get()).isLessThan(32L << 20);
        }
    }

    @Test
    void aPodThatReadsNothingPausesTheClientAndIsGivenUp() throws Exception {
        AtomicLong written = new AtomicLong();
        CountDownLatch over = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "700ms", "GATEWAY_WEBSOCKET_MESSAGE_BYTES_MAX", "1MiB");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer.accept(socket);
                    assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            Thread.ofPlatform().daemon().start(() -> flood(peer, written));

            assertThat(peer.readClose()).isEqualTo(1011);
            // Behind the Close not much more is taken either.
            assertThat(edge.timeline().webSocketEnd).isEqualTo(WebSocketEnd.POD_NOT_READING);
            assertThat(written.get()).isLessThan(32L << 20);
            over.countDown();
        }
    }

    private static void flood(WebSocketPeer peer, AtomicLong written) {
        byte[] part = new byte[64 << 10];
        try {
            while (written.get() < 1L << 30) {
                peer.send(0x82, part);
                written.addAndGet(part.length);
            }
        } catch (IOException endedAsExpected) {
            return;
        }
    }

    @Test
    void manyAtOnceLeaveNothingBehind() throws Exception {
        int sockets = 50;
        ScriptedPod pod = new ScriptedPod();
        for (int i = 0; i < sockets; i++) {
            pod.then(socket -> WebSocketPeer.accept(socket).echo());
        }
        // Beyond what the pool of connections may have: a WebSocket's is none of the pool's.
        try (TestEdge edge = new TestEdge("GATEWAY_UPSTREAM_CONNECTIONS_MAX", "2");
                pod) {
            edge.hotIn(pod);
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < sockets; i++) {
                clients.add(edge.client());
                WebSocketPeer.open(clients.getLast());
            }
            await().until(() -> edge.server.webSockets().active() == sockets);
            await().until(() -> edge.server.activeRequests() == 0);
            for (RawClient client : clients) {
                WebSocketPeer.of(client).text("one").close(1000);
                assertThat(WebSocketPeer.of(client).read().text()).isEqualTo("one");
                assertThat(WebSocketPeer.of(client).readClose()).isEqualTo(1000);
                client.close();
            }
            await().until(() -> edge.server.activeConnections() == 0);
            await().until(() -> edge.server.webSockets().active() == 0);
        }
    }
}
