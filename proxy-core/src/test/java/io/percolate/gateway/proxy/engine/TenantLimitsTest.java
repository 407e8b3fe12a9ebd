package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Limits of tenants as clients see them. */
class TenantLimitsTest {
    private static final int KIB = 1 << 10;

    private static void answersAll(ScriptedPod pod, int requests) {
        pod.then(socket -> {
            for (int i = 0; i < requests; i++) {
                socket.readHead();
                socket.respond("fine");
            }
        });
    }

    private static TenantRoute withPlan(ScriptedPod pod, PlanLimits plan) {
        TenantRoute plain = TestEdge.hot(pod.address(), 1);
        return new TenantRoute(
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
                plan);
    }

    @Test
    void aRequestBeyondTheRateIsRefusedAndTheConnectionGoesOn() throws Exception {
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_LIMITS_REQUESTS_PER_SECOND_TIER_B", "1",
                        "GATEWAY_LIMITS_BURST_TIER_B", "1000",
                        "GATEWAY_LIMITS_TOLD", "always");
                ScriptedPod pod = new ScriptedPod();
                RawClient client = edge.hotIn(pod).client()) {
            answersAll(pod, 7);
            for (int i = 0; i < 5; i++) {
                assertThat(client.send(get("/")).read().status()).isEqualTo(200);
            }
            RawClient.Answer fine = client.send(get("/")).read();
            assertThat(fine.status()).isEqualTo(200);
            assertThat(fine.header("RateLimit-Policy"))
                    .isEqualTo("\"requests\";q=1000;w=1000, \"concurrent\";q=2000;qu=\"concurrent-requests\"");
            assertThat(fine.header("RateLimit")).matches("\"requests\";r=99\\d;t=\\d");

            edge.routes.put(withPlan(pod, new PlanLimits(1L, 1L, null, null, null, null, null)));
            RawClient.Answer refused =
                    client.send(post("/", "a body to be dropped")).read();
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(refused.body()).contains("urn:percolate:problem:tenant-rate-exceeded");
            assertThat(refused.header("RateLimit-Policy")).startsWith("\"requests\";q=1;w=1, ");
            assertThat(refused.header("RateLimit")).matches("\"requests\";r=0;t=\\d");
            assertThat(refused.header("Retry-After")).matches("\\d");

            edge.routes.put(withPlan(pod, new PlanLimits(null, 1_000_000L, null, null, null, null, null)));
            assertThat(client.send(get("/")).read().status()).isEqualTo(200);
            assertThat(edge.timelines.get(6).failure).isEqualTo(FailureKind.TENANT_RATE_EXCEEDED);
        }
    }

    @Test
    void aCallOfGrpcIsToldThatAResourceIsExhausted() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_LIMITS_REQUESTS_PER_MONTH_TIER_B", "1");
                ScriptedPod pod = new ScriptedPod();
                RawClient client = edge.hotIn(pod).client()) {
            answersAll(pod, 1);
            assertThat(client.send(get("/")).read().status()).isEqualTo(200);
            client.send(post("/service/Call", "\0\0\0\0\0", "Content-Type: application/grpc", "TE: trailers"));

            assertThat(client.read().header("grpc-status")).isEqualTo("8");
            await().until(() -> edge.timelines.size() == 2);
            assertThat(edge.timelines.getLast().failure).isEqualTo(FailureKind.TENANT_MONTH_SPENT);
        }
    }

    @Test
    void requestsAtOnceAreLimitedAndEachGivesItsPlaceBack() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge("GATEWAY_LIMITS_CONCURRENT_REQUESTS_TIER_B", "1");
                ScriptedPod pod = new ScriptedPod();
                RawClient first = edge.hotIn(pod).client();
                RawClient second = edge.client()) {
            pod.then(socket -> {
                socket.readHead();
                asked.countDown();
                assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
                socket.respond("late");
                socket.readHead();
                socket.respond("fine");
            });
            first.send(get("/"));
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

            assertThat(second.send(get("/")).read().body()).contains("tenant-concurrency-exceeded");
            answered.countDown();
            assertThat(first.read().body()).isEqualTo("late");
            await().until(() -> edge.timelines.size() == 2);
            assertThat(second.send(get("/")).read().body()).isEqualTo("fine");
        }
    }

    @Test
    void aWebSocketIsRefusedBeforeTheUpgradeAndKeepsNoPlaceAmongRequests() throws Exception {
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_LIMITS_CONCURRENT_REQUESTS_TIER_B", "1",
                        "GATEWAY_LIMITS_WEBSOCKETS_MAX_TIER_B", "1");
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> WebSocketPeer.accept(socket).echo());
                RawClient first = edge.hotIn(pod).client();
                RawClient second = edge.client()) {
            WebSocketPeer peer = WebSocketPeer.open(first);
            // It is no request under way any more, but the one WebSocket.
            assertThat(second.send(WebSocketPeer.upgrade("/ws")).read().body()).contains("tenant-websockets-exhausted");
            peer.text("hello");
            assertThat(peer.read().text()).isEqualTo("hello");
            peer.close(1000).readClose();
        }
    }

    @Test
    void newConnectionsBeyondTheirRateAreRefusedAndOldOnesServed() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_LIMITS_CONNECTIONS_PER_SECOND_TIER_B", "1");
                ScriptedPod pod = new ScriptedPod();
                RawClient first = edge.hotIn(pod).client()) {
            pod.then(socket -> {
                boolean last = false;
                while (!last) {
                    last = socket.readHead().getFirst().contains("/last");
                    socket.respond("fine");
                }
            });
            assertThat(first.send(get("/")).read().status()).isEqualTo(200);
            // Far more than come to be allowed meanwhile.
            for (int i = 0; i < 20 && edge.timelines.stream().noneMatch(each -> each.status == 429); i++) {
                try (FrameClient another = FrameClient.connect(edge.server.address())) {
                    another.get(1, "/");
                    int over = i + 2;
                    await().until(() -> edge.timelines.size() == over);
                }
            }
            assertThat(edge.timelines.getLast().failure).isEqualTo(FailureKind.TENANT_CONNECTION_RATE_EXCEEDED);
            assertThat(first.send(get("/last")).read().status()).isEqualTo(200);
        }
    }

    @Test
    void aBodyIsBoundedByThePlan() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod();
                RawClient client = edge.client()) {
            edge.routes.put(withPlan(pod, new PlanLimits(null, null, null, 4L, null, null, null)));

            assertThat(client.send(post("/", "12345")).read().status()).isEqualTo(413);
        }
    }

    @Test
    void bytesComeNoFasterThanTheBandwidthInEitherDirection() throws Exception {
        int bytes = 192 * KIB;
        byte[] body = new byte[bytes];
        CompletableFuture<Long> received = new CompletableFuture<>();
        // A quarter of a second's worth may come at once.
        try (TestEdge edge = new TestEdge("GATEWAY_LIMITS_BANDWIDTH_TIER_B", "256KiB");
                ScriptedPod pod = new ScriptedPod();
                RawClient client = edge.hotIn(pod).client()) {
            pod.then(socket -> {
                socket.readHead();
                socket.in().readNBytes(bytes);
                received.complete(System.nanoTime());
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: " + bytes + "\r\n\r\n"
                        + new String(body, StandardCharsets.ISO_8859_1));
            });
            long begin = System.nanoTime();
            client.send(post("/", new String(body, StandardCharsets.ISO_8859_1)));
            long uploaded = received.get(30, TimeUnit.SECONDS);
            RawClient.Answer answer = client.read();
            long downloaded = System.nanoTime();

            assertThat(answer.body()).hasSize(bytes);
            // What one read brings comes at once beyond the burst.
            assertThat(Duration.ofNanos(uploaded - begin)).isGreaterThan(Duration.ofMillis(200));
            assertThat(Duration.ofNanos(downloaded - uploaded)).isGreaterThan(Duration.ofMillis(200));
            assertThat(edge.timeline().failure).isNull();
        }
    }

    @Test
    void aWebSocketIsKeptToTheBandwidth() throws Exception {
        String text = "x".repeat(48 * KIB);
        try (TestEdge edge = new TestEdge("GATEWAY_LIMITS_BANDWIDTH_TIER_B", "256KiB");
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> WebSocketPeer.accept(socket).echo());
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer peer = WebSocketPeer.open(client);
            long begin = System.nanoTime();
            for (int i = 0; i < 4; i++) {
                peer.text(text);
                assertThat(peer.read().text()).hasSize(text.length());
            }

            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(200));
            peer.close(1000).readClose();
        }
    }
}
