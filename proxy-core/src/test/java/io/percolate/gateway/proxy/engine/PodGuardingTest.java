package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.proxy.resilience.EjectionReason;
import io.percolate.gateway.proxy.resilience.PodStatus;
import io.percolate.gateway.proxy.resilience.PodStatus.State;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.EOFException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** A pod in trouble is left alone, and so are its neighbours. */
class PodGuardingTest {
    private static final TenantId OTHER = TenantId.of("7f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b");
    private static final TenantId ELSEWHERE = TenantId.of("8f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b");
    private static final String OTHERS_TOKEN = "ddd.eee.fff";
    private static final String TOKEN_ELSEWHERE = "ggg.hhh.iii";

    private static TenantRoute route(TenantId tenant, ScriptedPod pod) {
        return new TenantRoute(
                tenant,
                Tier.B,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.HOT,
                new Placement(new PodId("pod-" + pod.address().port()), Tier.B, pod.address(), 1),
                1,
                "default",
                null,
                null,
                1);
    }

    /** Two tenants in the first pod, one in the second. */
    private static TestEdge edge(ScriptedPod pod, ScriptedPod elsewhere, String... settings) {
        TestEdge edge = new TestEdge(settings).hotIn(pod);
        edge.tokens.accept(OTHERS_TOKEN, OTHER);
        edge.tokens.accept(TOKEN_ELSEWHERE, ELSEWHERE);
        edge.routes.put(route(OTHER, pod));
        edge.routes.put(route(ELSEWHERE, elsewhere));
        return edge;
    }

    private static Answer ask(TestEdge edge, String token) throws Exception {
        try (RawClient client = edge.client()) {
            return client.send("GET /kv HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n")
                    .read();
        }
    }

    /** Answers by 500 while it is ill, to health checks too. */
    private static ScriptedPod.Script answering(AtomicBoolean ill) {
        return socket -> {
            try {
                while (true) {
                    socket.readHead();
                    socket.write("HTTP/1.1 " + (ill.get() ? 500 : 200) + " So\r\nContent-Length: 0\r\n\r\n");
                }
            } catch (EOFException ended) {
                assertThat(ended).isNotNull();
            }
        };
    }

    private static PodStatus status(TestEdge edge, ScriptedPod pod) {
        return edge.server.pods().status().stream()
                .filter(known -> known.address().equals(pod.address()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aPodThatFailsSeveralTenantsIsLeftAloneForAWhileAndItsTenantsAreToldSo() throws Exception {
        AtomicBoolean ill = new AtomicBoolean(true);
        try (ScriptedPod pod = new ScriptedPod().lastly(answering(ill));
                ScriptedPod elsewhere = new ScriptedPod().lastly(answering(new AtomicBoolean()));
                TestEdge edge = edge(
                        pod,
                        elsewhere,
                        "GATEWAY_OUTLIER_EJECTION_TIME",
                        "1s",
                        "GATEWAY_OUTLIER_REENTRY_TIME",
                        "100ms")) {
            assertThat(ask(edge, TOKEN_ELSEWHERE).status()).isEqualTo(200);
            for (int i = 0; i < 8; i++) {
                assertThat(ask(edge, TestEdge.TOKEN).status()).isEqualTo(500);
            }
            // One tenant's trouble is its own.
            assertThat(status(edge, pod).state()).isEqualTo(State.SERVING);
            assertThat(ask(edge, OTHERS_TOKEN).status()).isEqualTo(500);

            Answer refused = ask(edge, OTHERS_TOKEN);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("pod-ejected");
            assertThat(refused.header("Retry-After")).isEqualTo("1");
            assertThat(ask(edge, TOKEN_ELSEWHERE).status()).isEqualTo(200);
            assertThat(status(edge, pod).reason()).isEqualTo(EjectionReason.CONSECUTIVE_5XX);
            // The wake was told that the pod is suspect, once, and has a look at it.
            ask(edge, OTHERS_TOKEN);
            assertThat(edge.wakes.calls()).isEqualTo(1);

            ill.set(false);
            await().until(() -> ask(edge, OTHERS_TOKEN).status() == 200);
            await().until(() -> status(edge, pod).state() == State.SERVING);
            assertThat(edge.server.pods().tier(Tier.B).ejected()).isZero();
        }
    }

    @Test
    void whereTooManyPodsAreEjectedNoneIsLeftAlone() throws Exception {
        try (ScriptedPod pod = new ScriptedPod().lastly(answering(new AtomicBoolean(true)));
                TestEdge edge = edge(pod, pod)) {
            for (int i = 0; i < 10; i++) {
                assertThat(ask(edge, TestEdge.TOKEN).status()).isEqualTo(500);
                assertThat(ask(edge, OTHERS_TOKEN).status()).isEqualTo(500);
            }
            assertThat(status(edge, pod).state()).isEqualTo(State.EJECTED);
            assertThat(status(edge, pod).ignored()).isTrue();
            assertThat(edge.server.pods().tier(Tier.B).isPanicking()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http1", "h2c"})
    void aPodThatDoesNotAnswerHealthChecksIsLeftAndOnlyAWakeGivesItsTenantToAnother(String wire) throws Exception {
        AtomicBoolean ill = new AtomicBoolean();
        try (ScriptedPod pod = new ScriptedPod().lastly(wire.equals("h2c") ? frames(ill) : answering(ill));
                ScriptedPod elsewhere = new ScriptedPod()
                        .lastly(wire.equals("h2c") ? frames(new AtomicBoolean()) : answering(new AtomicBoolean()));
                TestEdge edge = edge(
                        pod,
                        elsewhere,
                        "GATEWAY_UPSTREAM_PROTOCOL_TIER_B",
                        wire,
                        "GATEWAY_HEALTH_INTERVAL",
                        "10ms",
                        "GATEWAY_HEALTH_UNHEALTHY_AFTER",
                        "1",
                        "GATEWAY_HEALTH_HEALTHY_AFTER",
                        "1")) {
            assertThat(ask(edge, TestEdge.TOKEN).status()).isEqualTo(200);
            assertThat(ask(edge, TOKEN_ELSEWHERE).status()).isEqualTo(200);
            await().until(() -> status(edge, pod).health() == PodStatus.Health.HEALTHY);

            ill.set(true);
            await().until(() -> status(edge, pod).state() == State.EJECTED);
            assertThat(status(edge, pod).reason()).isEqualTo(EjectionReason.HEALTH_CHECK);
            edge.wakes.outcome(Mono.just(TestEdge.hot(elsewhere.address(), 2)));
            assertThat(ask(edge, TestEdge.TOKEN).status()).isEqualTo(200);
            assertThat(edge.wakes.calls()).isEqualTo(1);

            ill.set(false);
            await().until(() -> status(edge, pod).state() != State.EJECTED);
            assertThat(ask(edge, OTHERS_TOKEN).status()).isEqualTo(200);
        }
    }

    private static ScriptedPod.Script frames(AtomicBoolean ill) {
        return socket -> {
            FrameSocket frames = new FrameSocket(socket).handshake();
            try {
                while (true) {
                    int stream = frames.request().stream();
                    frames.headers(stream, true, ":status: " + (ill.get() ? 500 : 200));
                }
            } catch (EOFException | java.net.SocketException ended) {
                assertThat(ended).isNotNull();
            }
        };
    }

    @Test
    void aPodHasNoMoreUnderWayThanItMayAndTheNextOneHasItsTurnAfterwards() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge =
                        edge(pod, pod, "GATEWAY_POD_REQUESTS_MAX_TIER_B", "1", "GATEWAY_POD_PENDING_MAX_TIER_B", "1");
                RawClient first = edge.client();
                RawClient second = edge.client()) {
            pod.then(socket -> {
                socket.readHead();
                assertThat(end.await(10, TimeUnit.SECONDS)).isTrue();
                socket.respond("first");
                socket.readHead();
                socket.respond("second");
                socket.readToEnd();
            });
            first.send(TestEdge.get("/1"));
            await().until(() -> pod.accepted() == 1);
            second.send(TestEdge.get("/2"));
            await().until(() -> status(edge, pod).pending() == 1);
            Answer refused = ask(edge, OTHERS_TOKEN);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("pod-connections-exhausted");
            end.countDown();

            assertThat(first.read().body()).isEqualTo("first");
            assertThat(second.read().body()).isEqualTo("second");
            assertThat(pod.accepted()).isEqualTo(1);
            await().until(() -> status(edge, pod).open() == 0);
            assertThat(status(edge, pod).pending()).isZero();
            assertThat(status(edge, pod).waiting()).isZero();
        }
    }
}
