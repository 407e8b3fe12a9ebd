package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.Edge.ConnectionBound;
import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.proxy.overload.OverloadStage;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Requests beyond what may be under way wait in turn by tenant, and are shed by tier. */
class OverloadTest {
    private static final TenantId QUIET = TenantId.of("7f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b");
    private static final TenantId OF_TIER_A = TenantId.of("8f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b");
    private static final String QUIET_TOKEN = "ddd.eee.fff";
    private static final String TOKEN_OF_TIER_A = "ggg.hhh.iii";

    private static TenantRoute route(TenantId tenant, Tier tier, ScriptedPod pod) {
        return new TenantRoute(
                tenant,
                tier,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.HOT,
                new Placement(new PodId("pod-" + pod.address().port()), tier, pod.address(), 1),
                1,
                "default",
                null,
                null,
                1);
    }

    /** A loud and a quiet tenant of tier C, and one of tier A, in one pod. */
    private static TestEdge edge(ScriptedPod pod, String... settings) {
        TestEdge edge = new TestEdge(settings);
        edge.routes.put(route(TestEdge.TENANT, Tier.C, pod));
        edge.tokens.accept(QUIET_TOKEN, QUIET);
        edge.routes.put(route(QUIET, Tier.C, pod));
        edge.tokens.accept(TOKEN_OF_TIER_A, OF_TIER_A);
        edge.routes.put(route(OF_TIER_A, Tier.A, pod));
        return edge;
    }

    private static RawClient send(TestEdge edge, String token, String target) throws Exception {
        return edge.client()
                .send("GET " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n");
    }

    /** Answers by the path; the first request once it may. */
    private static ScriptedPod.Script answering(List<String> seen, CountDownLatch free) {
        return socket -> {
            try {
                while (true) {
                    String path = socket.readHead().getFirst().split(" ")[1];
                    synchronized (seen) {
                        seen.add(path);
                    }
                    if (path.equals("/first")) {
                        assertThat(free.await(10, TimeUnit.SECONDS)).isTrue();
                    }
                    socket.respond(path);
                }
            } catch (java.io.EOFException ended) {
                assertThat(ended).isNotNull();
            }
        };
    }

    @Test
    void whatWaitsForOthersToEndHasItsTurnTenantByTenantAndTierAFirst() throws Exception {
        List<String> seen = new ArrayList<>();
        CountDownLatch free = new CountDownLatch(1);
        List<RawClient> clients = new ArrayList<>();
        try (ScriptedPod pod = new ScriptedPod().lastly(answering(seen, free));
                TestEdge edge = edge(pod, "GATEWAY_EDGE_REQUESTS_MAX", "1", "GATEWAY_QUEUE_WAIT_MAX", "20s")) {
            clients.add(send(edge, TestEdge.TOKEN, "/first"));
            await().until(() -> pod.accepted() == 1);
            for (String loud : List.of("/loud1", "/loud2", "/loud3")) {
                clients.add(send(edge, TestEdge.TOKEN, loud));
                await().until(() -> edge.server.waits().waiting() == clients.size() - 1);
            }
            clients.add(send(edge, QUIET_TOKEN, "/quiet"));
            await().until(() -> edge.server.waits().waiting() == 4);
            clients.add(send(edge, TOKEN_OF_TIER_A, "/a"));
            await().until(() -> edge.server.waits().waiting() == 5);
            assertThat(edge.server.queueMemory().taken()).isEqualTo(5 * 4_096);
            free.countDown();

            for (RawClient client : clients) {
                assertThat(client.read().status()).isEqualTo(200);
            }
            assertThat(seen).containsExactly("/first", "/a", "/loud1", "/quiet", "/loud2", "/loud3");
            assertThat(edge.server.waits().waiting()).isZero();
            assertThat(edge.server.waits().begunCount()).isEqualTo(5);
            assertThat(edge.server.queueMemory().taken()).isZero();
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void whoFindsNoPlaceIsToldToComeBackAndHigherTiersTakeThatOfLowerOnes() throws Exception {
        List<String> seen = new ArrayList<>();
        CountDownLatch free = new CountDownLatch(1);
        try (ScriptedPod pod = new ScriptedPod().lastly(answering(seen, free));
                TestEdge edge = edge(
                        pod,
                        "GATEWAY_EDGE_REQUESTS_MAX",
                        "1",
                        "GATEWAY_QUEUE_WAIT_MAX",
                        "20s",
                        "GATEWAY_QUEUE_MAX",
                        "2");
                RawClient first = send(edge, TestEdge.TOKEN, "/first")) {
            await().until(() -> pod.accepted() == 1);
            try (RawClient second = send(edge, TestEdge.TOKEN, "/2")) {
                await().until(() -> edge.server.waits().waiting() == 1);
                try (RawClient third = send(edge, TestEdge.TOKEN, "/3")) {
                    await().until(() -> edge.server.waits().waiting() == 2);
                    try (RawClient quiet = send(edge, QUIET_TOKEN, "/quiet")) {
                        // Two of the loud one's are waiting, so the newer makes room.
                        Answer displaced = third.read();
                        assertThat(displaced.status()).isEqualTo(503);
                        assertThat(displaced.body()).contains("overloaded");
                        assertThat(displaced.header("Retry-After")).isEqualTo("1");
                        try (RawClient refused = send(edge, TestEdge.TOKEN, "/4")) {
                            assertThat(refused.read().status()).isEqualTo(503);
                        }
                        try (RawClient ofTierA = send(edge, TOKEN_OF_TIER_A, "/a")) {
                            await().until(() ->
                                    edge.server.waits().refused(Tier.C).sum() == 3);
                            // A client that leaves leaves its place, too.
                            ofTierA.reset();
                            await().until(() -> edge.server.waits().waiting() == 1);
                        }
                        free.countDown();
                        assertThat(first.read().status()).isEqualTo(200);
                        List<Integer> rest =
                                List.of(second.read().status(), quiet.read().status());
                        assertThat(rest).containsExactlyInAnyOrder(200, 503);
                    }
                }
            }
            await().until(() -> edge.server.activeRequests() == 0);
            assertThat(edge.server.queueMemory().taken()).isZero();
        }
    }

    @Test
    void aProcessThatRunsOutOfMemoryKeepsNoConnectionTakesNoneAndShedsAll() throws Exception {
        System.gc();
        try (ScriptedPod pod = new ScriptedPod();
                // Whatever is left of the heap is too much.
                TestEdge edge = edge(
                        pod,
                        "GATEWAY_OVERLOAD_INTERVAL",
                        "1s",
                        "GATEWAY_OVERLOAD_HEAP_FROM",
                        "0",
                        "GATEWAY_OVERLOAD_HEAP_TO",
                        "1");
                RawClient before = edge.client()) {
            before.send("GET / HTTP/1.1\r\n");
            await().until(() -> edge.server.overload().stage() == OverloadStage.SHEDDING_A);
            Answer answer = before.send("Host: a\r\nAuthorization: Bearer " + TOKEN_OF_TIER_A + "\r\n\r\n")
                    .read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(edge.server.overload().shedCount(Tier.A)).isEqualTo(1);
            try (RawClient refused = edge.client()) {
                assertThat(refused.isEnded()).isTrue();
            }
            assertThat(edge.server.refusedConnections(ConnectionBound.OVERLOAD)).isEqualTo(1);
        }
    }

    @Test
    void aPodsQueueIsFairToo() throws Exception {
        List<String> seen = new ArrayList<>();
        CountDownLatch free = new CountDownLatch(1);
        List<RawClient> clients = new ArrayList<>();
        try (ScriptedPod pod = new ScriptedPod().lastly(answering(seen, free));
                TestEdge edge =
                        edge(pod, "GATEWAY_POD_REQUESTS_MAX_TIER_C", "1", "GATEWAY_POD_PENDING_MAX_TIER_C", "3")) {
            clients.add(send(edge, TestEdge.TOKEN, "/first"));
            await().until(() -> pod.accepted() == 1);
            for (String loud : List.of("/loud1", "/loud2", "/loud3")) {
                clients.add(send(edge, TestEdge.TOKEN, loud));
                await().until(() -> edge.server.pods().status().getFirst().pending() == clients.size() - 1);
            }
            clients.add(send(edge, QUIET_TOKEN, "/quiet"));
            assertThat(clients.get(3).read().status())
                    .as("the newest of the loud one")
                    .isEqualTo(503);
            free.countDown();
            for (int i : List.of(0, 1, 2, 4)) {
                assertThat(clients.get(i).read().status()).isEqualTo(200);
            }
            assertThat(seen).containsExactly("/first", "/loud1", "/quiet", "/loud2");
            assertThat(edge.server.queueMemory().taken()).isZero();
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }
}
