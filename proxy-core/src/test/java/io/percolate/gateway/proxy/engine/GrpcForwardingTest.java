package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.engine.http1.CallTimeout;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Calls of gRPC: what the gateway itself says to them, their deadlines, and cold tenants. */
class GrpcForwardingTest {
    private static final String GRPC = "Content-Type: application/grpc+proto";
    private static final String CALL = "/grpc.testing.TestService/UnaryCall";

    private static TestEdge edge() {
        return new TestEdge("GATEWAY_UPSTREAM_PROTOCOL_TIER_B", "h2c");
    }

    private static String call(String... fields) {
        StringBuilder request = new StringBuilder(TestEdge.request("POST", CALL, fields));
        return request.append(GRPC)
                .append("\r\nTE: trailers\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0")
                .toString();
    }

    @Test
    void theGatewaysOwnFailuresAreStatusesOfGrpc() throws Exception {
        try (TestEdge edge = edge();
                RawClient client = edge.client()) {
            client.send("POST " + CALL + " HTTP/1.1\r\nHost: a\r\n" + GRPC + "\r\nContent-Length: 0\r\n\r\n");
            RawClient.Answer refused = client.read();

            assertThat(refused.status()).isEqualTo(200);
            assertThat(refused.header("content-type")).isEqualTo("application/grpc");
            assertThat(refused.header("grpc-status")).isEqualTo("16");
            assertThat(refused.header("grpc-message")).isNotEmpty();
            assertThat(refused.body()).isEmpty();
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.TOKEN_MISSING);
        }
    }

    @Test
    void aTierWithoutHttp2DoesNotImplementCallsButWebOnesPass() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                assertThat(PodSocket.header(socket.readHead(), "content-type")).isEqualTo("application/grpc-web");
                socket.respond("web");
                socket.readToEnd();
            });

            assertThat(client.send(call()).read().header("grpc-status")).isEqualTo("12");
            client.send(
                    TestEdge.request("POST", CALL, "Content-Type: application/grpc-web") + "Content-Length: 0\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("web");
        }
    }

    @Test
    void trailersPassAlsoWhereThereIsNothingElse() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame first = frames.request();
                assertThat(first.field("te")).isEqualTo("trailers");
                frames.body(first.stream());
                frames.headers(first.stream(), false, ":status: 200", "content-type: application/grpc");
                frames.data(first.stream(), false, "\0\0\0\0\0");
                frames.headers(first.stream(), true, "grpc-status: 0", "grpc-message: ");
                FrameSocket.Frame second = frames.request();
                frames.headers(
                        second.stream(),
                        true,
                        ":status: 200",
                        "content-type: application/grpc",
                        "grpc-status: 5",
                        "grpc-message: none");
                frames.readToEnd();
            });

            assertThat(client.send(call()).read().trailers()).contains("grpc-status: 0");
            RawClient.Answer trailersOnly = client.send(call()).read();
            assertThat(trailersOnly.header("grpc-status")).isEqualTo("5");
            assertThat(trailersOnly.body()).isEmpty();
        }
    }

    @Test
    void whatIsLeftOfTheDeadlineIsPassedOnAndEndsTheCall() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                assertThat(CallTimeout.parse(head.field("grpc-timeout"))).isBetween(1L, 2_000_000_000L);
                FrameSocket.Frame reset = frames.next(FrameSocket.RST_STREAM);
                assertThat(reset.number()).isEqualTo(FrameSocket.CANCEL);
                frames.readToEnd();
            });

            RawClient.Answer late = client.send(call("grpc-timeout: 2000m")).read();
            assertThat(late.header("grpc-status")).isEqualTo("4");
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.REQUEST_DEADLINE_EXCEEDED);
        }
    }

    @Test
    void aDeadlineWithinTheAnswerEndsItWithItsStatus() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                frames.body(head.stream());
                frames.headers(head.stream(), false, ":status: 200", "content-type: application/grpc");
                frames.data(head.stream(), false, "\0\0\0\0\1a");
                frames.next(FrameSocket.RST_STREAM);
                frames.readToEnd();
            });

            RawClient.Answer late = client.send(call("grpc-timeout: 2000m")).read();
            assertThat(late.whole()).isTrue();
            assertThat(late.trailers()).contains("grpc-status: 4");
        }
    }

    @Test
    void aResetWithinTheAnswerIsNoProperEnd() throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = edge().hotIn(pod);
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                frames.headers(head.stream(), false, ":status: 200", "content-type: application/grpc");
                frames.reset(head.stream(), FrameSocket.CANCEL);
                frames.readToEnd();
            });

            RawClient.Answer broken = client.send(call()).read();
            assertThat(broken.trailers()).contains("grpc-status: 14");
        }
    }

    @Test
    void aCallOfAColdTenantIsHeldWhateverTheRulesSayOfTheContext() throws Exception {
        Sinks.One<TenantRoute> woken = Sinks.one();
        CountDownLatch waiting = new CountDownLatch(1);
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge(
                        "GATEWAY_UPSTREAM_PROTOCOL_TIER_B", "h2c", "GATEWAY_COLD_RULES", "* /** -> context");
                RawClient client = edge.client()) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                frames.body(head.stream());
                frames.headers(head.stream(), true, ":status: 200", "content-type: application/grpc", "grpc-status: 0");
                frames.readToEnd();
            });
            edge.routes.put(TestEdge.cold());
            edge.wakes.outcome(Mono.defer(() -> {
                waiting.countDown();
                return woken.asMono();
            }));

            client.send(call());
            assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
            woken.tryEmitValue(TestEdge.hot(pod.address(), 1));
            assertThat(client.read().header("grpc-status")).isEqualTo("0");
        }
    }
}
