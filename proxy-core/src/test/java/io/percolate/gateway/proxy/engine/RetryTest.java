package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.TENANT;
import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.resilience.LoopResilience;
import io.percolate.gateway.proxy.resilience.TierGuard;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What pods break off is sent again where that does no harm, and within a budget. */
class RetryTest {
    /** Takes a request with its body, and breaks off. */
    private static final ScriptedPod.Script BREAKS_OFF = socket -> {
        socket.readHead();
        socket.reset();
    };

    private static String put(String body) {
        return request("PUT", "/") + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void aRequestThatIsBrokenOffGoesToTheSamePodOnAFreshConnectionOnceItsRouteWasLookedAt() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                        socket.readHead();
                        socket.readBytes(5);
                        socket.reset();
                    })
                    .then(socket -> {
                        socket.readHead();
                        assertThat(socket.readBytes(5)).asString().isEqualTo("12345");
                        socket.respond("done");
                    });

            assertThat(client.send(put("12345")).read().body()).isEqualTo("done");

            assertThat(edge.routes.refreshes()).isEqualTo(1);
            assertThat(edge.timeline().tries).isEqualTo(2);
            assertThat(edge.server.pods().tier(Tier.B).retriesCount()).isEqualTo(1);
            assertThat(edge.server.pods().replays().taken()).isZero();
        }
    }

    @Test
    void itGoesWhereItsTenantIsMeanwhileAndEvenThoughNobodyKnows() throws Exception {
        try (ScriptedPod pod = new ScriptedPod().lastly(BREAKS_OFF);
                ScriptedPod next = new ScriptedPod();
                TestEdge edge = new TestEdge().hotIn(pod);
                RawClient client = edge.client()) {
            next.then(socket -> {
                assertThat(PodSocket.header(socket.readHead(), "X-Placement-Epoch"))
                        .isEqualTo("2");
                socket.respond("moved");
            });
            edge.routes.loadBy(TENANT, Mono.just(new RouteLookup.Known(TestEdge.hot(next.address(), 2))));
            assertThat(client.send(get("/")).read().body()).isEqualTo("moved");

            edge.routes.loadBy(
                    TENANT,
                    Mono.error(Failure.of(FailureKind.DIRECTORY_UNAVAILABLE, "the database is away")
                            .toException()));
            pod.then(BREAKS_OFF).then(socket -> {
                socket.readHead();
                socket.respond("still here");
            });
            assertThat(client.send(get("/")).read().body()).isEqualTo("still here");
        }
    }

    @Test
    void aPostIsNotSentAgainNorABodyThatIsNotKept() throws Exception {
        try (ScriptedPod pod = new ScriptedPod().lastly(BREAKS_OFF);
                TestEdge edge = new TestEdge("GATEWAY_RETRY_REPLAY_BYTES_MAX", "4").hotIn(pod);
                RawClient client = edge.client()) {
            assertThat(client.send(TestEdge.post("/", "")).read().status()).isEqualTo(502);
            assertThat(pod.accepted()).isEqualTo(1);
            assertThat(client.send(put("12345")).read().status()).isEqualTo(502);
            assertThat(pod.accepted()).isEqualTo(2);
        }
    }

    @Test
    void retriesStayWithinTheirBudget() throws Exception {
        int requests = 60;
        try (ScriptedPod pod = new ScriptedPod().lastly(BREAKS_OFF);
                TestEdge edge = new TestEdge(
                                "GATEWAY_RETRY_BACKOFF", "1ms",
                                "GATEWAY_RETRY_BUDGET_MIN", "3",
                                "GATEWAY_RETRY_BUDGET_WINDOW", "60s")
                        .hotIn(pod)) {
            for (int i = 0; i < requests; i++) {
                try (RawClient client = edge.client()) {
                    assertThat(client.send(get("/")).read().status()).isEqualTo(502);
                }
            }
            TierGuard tier = edge.server.pods().tier(Tier.B);
            assertThat(pod.accepted()).isEqualTo(requests + requests / 5);
            assertThat(tier.retriesCount()).isEqualTo(requests / 5);
            assertThat(tier.retriesRefusedCount()).isPositive();
        }
    }

    @Test
    void aPodThatFallsSilentOnAnOpenConnectionIsGivenNoMoreThanItsTime() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge("GATEWAY_UPSTREAM_RESPONSE_TIMEOUT", "100ms").hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                socket.readHead();
                socket.respond("first");
                socket.readHead();
                socket.readToEnd();
            });
            assertThat(client.send(get("/1")).read().body()).isEqualTo("first");
            // Not that of a client whose body does not come, which is half a minute.
            assertThat(client.send(get("/2")).read().status()).isEqualTo(504);
        }
    }

    @Test
    void aRetryThatWouldComeTooLateIsNotMade() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge("GATEWAY_DEADLINE_TIER_B", "300ms").hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                socket.readHead();
                assertThat(socket.readToEnd()).isEmpty();
            });
            assertThat(client.send(get("/")).read().status()).isEqualTo(504);
            assertThat(edge.timeline().tries).isEqualTo(1);
        }
    }

    @Test
    void aLateGetOfTierAIsSentASecondTimeAndTheFirstAnswerTaken() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge("GATEWAY_HEDGE", "true", "GATEWAY_HEDGE_AFTER_MIN", "400ms");
                RawClient client = edge.client()) {
            edge.routes.put(ofTierA(pod));
            pod.then(socket -> {
                        while (socket.readHead().getFirst().startsWith("GET /quick")) {
                            socket.respond("quick");
                        }
                        assertThat(socket.readToEnd()).isIn("", "<reset>");
                        cancelled.countDown();
                    })
                    .then(socket -> {
                        assertThat(socket.readHead().getFirst()).startsWith("GET /late");
                        socket.respond("second");
                        socket.readToEnd();
                    });

            // Until the loop has made up its mind about what is late.
            long endNanos = System.nanoTime() + 2 * LoopResilience.TICK_NANOS;
            int sent = 0;
            for (; sent < 150 || System.nanoTime() - endNanos < 0; sent++) {
                assertThat(client.send(get("/quick")).read().body()).isEqualTo("quick");
            }
            int quick = sent;
            await().until(() -> edge.timelines.size() == quick);
            edge.timelines.clear();
            RawClient.Answer answer = client.send(get("/late")).read();

            assertThat(answer.body()).isEqualTo("second");
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(edge.timeline().tries).isEqualTo(2);
            TierGuard tier = edge.server.pods().tier(Tier.A);
            assertThat(tier.hedgesCount()).isEqualTo(1);
            assertThat(tier.hedgesWonCount()).isEqualTo(1);
            await().until(() -> edge.server.pods().status().getFirst().open() == 0);
        }
    }

    private static TenantRoute ofTierA(ScriptedPod pod) {
        return new TenantRoute(
                TENANT,
                Tier.A,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.HOT,
                new Placement(new PodId("pod-a"), Tier.A, pod.address(), 1),
                1,
                "default",
                null,
                null,
                1);
    }
}
