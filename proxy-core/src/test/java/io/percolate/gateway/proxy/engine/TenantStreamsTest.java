package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.record.WebSocketEnd;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is open for long when its tenant moves, and what is sent again when its pod has gone. */
class TenantStreamsTest {
    @Test
    void aWebSocketIsClosedSoThatItsClientComesAgain() throws Exception {
        CompletableFuture<Integer> podsCode = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    WebSocketPeer peer = WebSocketPeer.accept(socket);
                    int said = peer.readClose();
                    peer.close(said);
                    podsCode.complete(said);
                });
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);

            edge.routes.put(TestEdge.route(Residency.MOVING, TenantStatus.ACTIVE, Tier.B, pod.address(), 1));

            assertThat(peer.readClose()).isEqualTo(1012);
            peer.close(1012);
            assertThat(podsCode.get(10, TimeUnit.SECONDS)).isEqualTo(1012);
            assertThat(client.isEnded()).isTrue();
            await().until(() -> edge.server.webSockets().closedCount(WebSocketEnd.MOVED) == 1);
            assertThat(edge.timeline().failure).isNull();
        }
    }

    @Test
    void aStreamOfEventsComesToAProperEndAndLeavesItsPod() throws Exception {
        CompletableFuture<Boolean> podLeft = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
                    String rest = socket.readToEnd();
                    podLeft.complete(rest.isEmpty() || rest.equals("<reset>"));
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(TestEdge.get("/events"));
            while (!client.readLine().isEmpty()) {}
            assertThat(client.readLine()).isEqualTo("9");
            assertThat(client.readLine() + client.readLine()).isEqualTo("data: 1");
            assertThat(client.readLine()).isEmpty();

            edge.routes.put(TestEdge.route(Residency.MOVING, TenantStatus.ACTIVE, Tier.B, pod.address(), 1));

            assertThat(client.readLine()).isEqualTo("0");
            assertThat(client.readLine()).isEmpty();
            assertThat(podLeft.get(10, TimeUnit.SECONDS)).isTrue();
            await().until(() -> edge.timelines.size() == 1);
            assertThat(edge.timeline().failure).isNull();
            assertThat(edge.timeline().complete).isTrue();
        }
    }

    @Test
    void anyOtherAnswerGoesOnToItsEnd() throws Exception {
        CompletableFuture<Void> moved = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nfirst");
                    moved.get(10, TimeUnit.SECONDS);
                    socket.write("-then");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(TestEdge.get("/"));
            while (!client.readLine().isEmpty()) {}
            edge.routes.put(TestEdge.route(Residency.MOVING, TenantStatus.ACTIVE, Tier.B, pod.address(), 1));
            moved.complete(null);

            assertThat(new String(client.in().readNBytes(10), StandardCharsets.US_ASCII))
                    .isEqualTo("first-then");
        }
    }

    @Test
    void aRequestThatMayBeSentTwiceOutlivesItsPod() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod second = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
                });
                ScriptedPod first = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    edge.routes.put(TestEdge.hot(second.address(), 2));
                    socket.close();
                });
                RawClient client = edge.hotIn(first).client()) {
            assertThat(client.send(TestEdge.get("/")).read().body()).isEqualTo("second");
        }
    }
}
