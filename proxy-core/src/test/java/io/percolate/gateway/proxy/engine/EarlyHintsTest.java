package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.post;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.wake.WakePhases;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Sinks;

/** Clients of held requests are told how the wake goes, where that is wanted. */
class EarlyHintsTest {
    private static final String ON = "GATEWAY_COLD_EARLY_HINTS";
    private static final String ESTIMATE = "wake;desc=\"estimated\";dur=7000.0, queue;dur=[0-9.]+";

    private final Sinks.One<TenantRoute> wake = Sinks.one();

    @Test
    void aClientHearsWhatToExpectThenOfEachPhaseAndAtLastTheAnswer() throws Exception {
        try (TestEdge edge = edge("true");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "Expect")).isEqualTo("100-continue");
                    socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
                    assertThat(socket.readBytes(2)).asString().isEqualTo("hi");
                    socket.respond("stored");
                });
                RawClient client = edge.client()) {
            client.send(request("POST", "/", "Expect: 100-continue") + "Content-Length: 2\r\n\r\n");
            Answer first = client.read();
            assertThat(first.head().getFirst()).isEqualTo("HTTP/1.1 103 Early Hints");
            assertThat(first.head()).hasSize(2);
            assertThat(first.header("Server-Timing")).matches(ESTIMATE);
            edge.wakes.progress(new WakePhases(5_000_000, 0, 1, 0));
            assertThat(client.read().header("Server-Timing")).matches(ESTIMATE + ", place;dur=5.0, load;dur=0.0");
            edge.wakes.progress(new WakePhases(5_000_000, 0, 2_000_000, 12_300_000));
            assertThat(client.read().header("Server-Timing"))
                    .matches(ESTIMATE + ", place;dur=5.0, load;dur=2.0, probe;dur=12.3");
            wake.tryEmitValue(TestEdge.hot(pod.address(), 1)).orThrow();
            assertThat(client.read().header("Link")).isEqualTo("</a>");
            assertThat(client.read().status()).isEqualTo(100);
            Answer last = client.send("hi").read();
            assertThat(last.status()).isEqualTo(200);
            assertThat(last.header("Server-Timing")).matches("queue;dur=[0-9.]+");
            assertThat(last.body()).isEqualTo("stored");
        }
    }

    @Test
    void aClientOfHttp2HearsTheSameUnlessItTakesNothing() throws Exception {
        try (TestEdge edge = edge("true");
                ScriptedPod pod =
                        new ScriptedPod().then(EarlyHintsTest::answerOne).then(EarlyHintsTest::answerOne);
                FrameClient client = FrameClient.connect(edge.server.address())) {
            client.post(1, "/").data(1, "a", true);
            assertThat(client.until("interim")).hasToString("interim 1 103");
            assertThat(client.answer(1).head.get("server-timing")).matches(ESTIMATE);
            // A stream without a window, and a call, which has its own ways.
            client.frame(FrameClient.SETTINGS, 0, 0, FrameClient.setting(4, 0)).until("settings-ack");
            client.post(3, "/").data(3, "b", true);
            client.post(5, "/", "content-type=application/grpc").data(5, "c", true);
            await().until(() -> edge.server.heldRequests() == 3);
            edge.wakes.progress(new WakePhases(1, 0, 0, 0));
            client.window(1, 1);
            assertThat(client.until("interim")).hasToString("interim 1 103");
            assertThat(client.answer(1).head.get("server-timing")).endsWith("place;dur=0.0");
            wake.tryEmitValue(TestEdge.hot(pod.address(), 1)).orThrow();
            client.window(3, 100).window(1, 100);
            assertThat(client.read(3).text()).isEqualTo("ok");
            assertThat(client.read(1).text()).isEqualTo("ok");
            assertThat(client.answer(3).head).containsKey("server-timing");
            assertThat(client.answer(3).head.get("server-timing")).doesNotContain("estimated");
            assertThat(client.read(5).head).doesNotContainKey("server-timing").containsEntry("grpc-status", "12");
        }
    }

    @Test
    void aHoldThatFailsIsToldAfterTheHint() throws Exception {
        try (TestEdge edge = new TestEdge(ON, "true", "GATEWAY_COLD_HOLD_LIMIT", "300ms");
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.wakes.outcome(wake.asMono());
            client.send(post("/", "x"));
            assertThat(client.read().status()).isEqualTo(103);
            assertThat(client.read().header("Retry-After")).isEqualTo("7");
        }
    }

    @ParameterizedTest
    @CsvSource({"off, HTTP/1.1, COLD", "true, HTTP/1.0, COLD", "true, HTTP/1.1, MOVING"})
    void nobodyElseIsTold(String on, String version, Residency residency) throws Exception {
        try (TestEdge edge = edge(on);
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.respond("ok");
                });
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.route(
                    residency, TenantStatus.ACTIVE, Tier.B, residency == Residency.MOVING ? pod.address() : null, 1));
            client.send(TestEdge.get("/").replaceFirst("GET", "PUT").replace("HTTP/1.1", version));
            await().until(() -> edge.wakes.calls() == 1);
            wake.tryEmitValue(TestEdge.hot(pod.address(), 1)).orThrow();
            Answer answer = client.read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("ok");
        }
    }

    private static void answerOne(PodSocket socket) throws IOException {
        socket.readHead();
        socket.readChunked();
        // The next request, which may be let go when this one is over, is the next script's.
        socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    }

    private TestEdge edge(String on) {
        TestEdge edge = on.equals("off") ? new TestEdge() : new TestEdge(ON, on);
        edge.routes.put(TestEdge.cold());
        edge.wakes.outcome(wake.asMono());
        return edge;
    }
}
