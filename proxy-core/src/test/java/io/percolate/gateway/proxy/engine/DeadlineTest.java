package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A request has so much time in all, whatever it is spent on. */
class DeadlineTest {
    private static final String FIELD = "X-Request-Timeout-Ms";

    @Test
    void theTiersDeadlineIsToldToThePodAndEndsTheRequest() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge("GATEWAY_DEADLINE_TIER_B", "400ms").hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                String left = PodSocket.header(socket.readHead(), FIELD);
                assertThat(Long.parseLong(left)).isBetween(0L, 400L);
                assertThat(socket.readToEnd()).isEmpty();
            });

            Answer late = client.send(TestEdge.get("/", FIELD + ": 60000", "X_Request_Timeout_Ms: 60000"))
                    .read();

            assertThat(late.status()).isEqualTo(504);
            assertThat(late.body()).contains("request-deadline-exceeded");
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.REQUEST_DEADLINE_EXCEEDED);
            assertThat(edge.timeline().deadlineNanos).isEqualTo(400_000_000L);
        }
    }

    @Test
    void aTrustedProxyMayAskForLessButNotForMoreThanIsAllowed() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge(
                                "GATEWAY_EDGE_TRUSTED_PROXIES", "127.0.0.1", "GATEWAY_DEADLINE_ASKED_MAX", "300ms")
                        .hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                assertThat(PodSocket.header(socket.readHead(), FIELD)).isEmpty();
                socket.respond("unbounded");
                String left = PodSocket.header(socket.readHead(), FIELD);
                assertThat(Long.parseLong(left)).isBetween(0L, 300L);
                assertThat(socket.readToEnd()).isEmpty();
            });

            assertThat(client.send(TestEdge.get("/", FIELD + ": soon")).read().body())
                    .isEqualTo("unbounded");
            assertThat(client.send(TestEdge.get("/", FIELD + ": 100000")).read().status())
                    .isEqualTo(504);
        }
    }

    @Test
    void whatIsHeldWhenItsTimeIsOverIsToldWhenToComeAgain() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_DEADLINE_TIER_B", "200ms", "GATEWAY_COLD_RULES", "* /** -> hold");
                RawClient client = edge.client();
                RawClient caller = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.wakes.outcome(Mono.never());

            client.send(TestEdge.get("/"));
            caller.send(TestEdge.request("POST", "/a.B/C", "Content-Type: application/grpc", "TE: trailers")
                    + "Content-Length: 0\r\n\r\n");

            Answer held = client.read();
            assertThat(held.status()).isEqualTo(503);
            assertThat(held.body()).contains("hold-timeout");
            assertThat(held.header("Retry-After")).isEqualTo("7");
            assertThat(caller.read().header("grpc-status")).isEqualTo("4");
            await().until(() -> edge.server.heldRequests() == 0);
        }
    }

    @Test
    void aStreamIsBoundUpToItsHeadAndAnyOtherAnswerToItsEnd() throws Exception {
        CountDownLatch otherIsOver = new CountDownLatch(1);
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge("GATEWAY_DEADLINE_TIER_B", "400ms").hotIn(pod);
                RawClient stream = edge.client();
                RawClient plain = edge.client()) {
            pod.then(socket -> {
                socket.readHead();
                socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
                socket.write("Transfer-Encoding: chunked\r\n\r\n");
                assertThat(otherIsOver.await(10, TimeUnit.SECONDS)).isTrue();
                socket.write("5\r\nlater\r\n0\r\n\r\n");
                socket.readToEnd();
            });
            pod.then(socket -> {
                socket.readHead();
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
                assertThat(socket.readToEnd()).isEmpty();
            });

            stream.send(TestEdge.get("/events"));
            await().until(() -> pod.accepted() == 1);
            assertThat(plain.send(TestEdge.get("/")).read().whole()).isFalse();
            otherIsOver.countDown();
            assertThat(stream.read().body()).isEqualTo("later");
        }
    }
}
