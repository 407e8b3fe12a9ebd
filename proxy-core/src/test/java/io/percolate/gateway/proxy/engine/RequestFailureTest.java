package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.TENANT;
import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.post;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** Requests that the gateway answers with a failure of its own. */
class RequestFailureTest {
    @ParameterizedTest
    @CsvSource({
        "'', token-missing",
        "Authorization: Basic dTpw, token-missing",
        "Authorization: Bearer, token-malformed",
        "Authorization: Bearer  two.spa.ces, token-malformed",
        "Authorization: Bearer a b, token-malformed",
        "Authorization: Bearer un.kno.wn, token-signature-invalid",
    })
    void aRequestWithoutValidTokenIsNotAuthenticated(String field, String problem) throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            String line = field.isEmpty() ? "" : field + "\r\n";
            Answer answer =
                    client.send("GET / HTTP/1.1\r\nHost: a\r\n" + line + "\r\n").read();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.body()).contains("urn:percolate:problem:" + problem);
            assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer realm=");
            assertThat(answer.header("X-Request-Id")).isNotEmpty();
            assertThat(answer.body()).contains("\"instance\":\"" + answer.header("X-Request-Id") + '"');
            // The connection stays in use.
            assertThat(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").read().status())
                    .isEqualTo(401);
        }
    }

    @Test
    void theSchemeOfATokenIsReadInAnyCase() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: bearer " + TestEdge.TOKEN + "\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(403);
        }
    }

    @Test
    void aTokenIsVerifiedWhileTheRequestWaits() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(socket.readBytes(4)).asString().isEqualTo("ping");
                    socket.respond("verified");
                });
                RawClient client = edge.hotIn(pod).client()) {
            edge.tokens.verifyBy(
                    "n.e.w",
                    Mono.fromSupplier(() -> Actors.Tokens.verified("n.e.w", TENANT))
                            .subscribeOn(Schedulers.parallel()));
            client.send("POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer n.e.w\r\nContent-Length: 4\r\n\r\nping");
            assertThat(client.read().body()).isEqualTo("verified");
        }
    }

    @Test
    void keysThatAreUnavailableAreTheGatewaysFailure() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.tokens.verifyBy(
                    "n.e.w",
                    Mono.error(
                            Failure.of(FailureKind.KEYS_UNAVAILABLE, "no keys").toException()));
            client.send("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer n.e.w\r\n\r\n");
            Answer answer = client.read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("WWW-Authenticate")).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"SUSPENDED, 403, tenant-suspended", "DELETED, 410, tenant-deleted"})
    void aTenantWhoseAccountIsNotActiveIsNotServed(TenantStatus status, int code, String problem) throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.route(Residency.COLD, status, Tier.C, null, 0));
            Answer answer = client.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(code);
            assertThat(answer.body()).contains(problem);
        }
    }

    @Test
    void anUnknownTenantIsForbidden() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            assertThat(client.send(get("/")).read().status()).isEqualTo(403);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.TENANT_UNKNOWN);
            assertThat(edge.timeline().answeredBy).isEqualTo(AnsweredBy.GATEWAY);
        }
    }

    @Test
    void aDirectoryThatIsAwayIs503() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.routes.loadBy(
                    TENANT,
                    Mono.error(Failure.of(FailureKind.DIRECTORY_UNAVAILABLE, "away")
                            .toException()));
            assertThat(client.send(get("/")).read().status()).isEqualTo(503);
        }
    }

    @Test
    void anErrorThatNobodyForesawIs500WithoutItsText() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.routes.loadBy(TENANT, Mono.error(new IllegalStateException("secret of the house")));
            Answer answer = client.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).doesNotContain("secret");
        }
    }

    @Test
    void aBodyBeyondTheTiersBoundIsRefusedByItsLength() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_BODY_BYTES_MAX_TIER_B", "10");
                ScriptedPod pod = new ScriptedPod();
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer = client.send(post("/", "12345678901")).read();
            assertThat(answer.status()).isEqualTo(413);
            // The rest was small, so it was read and dropped, and the connection serves on.
            assertThat(client.send(post("/", "12345678901")).read().status()).isEqualTo(413);
            assertThat(client.send(request("POST", "/", "Content-Length: 1000000000") + "\r\nabc")
                            .read()
                            .header("Connection"))
                    .isEqualTo("close");
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void aBodyBeyondTheTiersBoundIsStoppedWhereItIsCounted() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_BODY_BYTES_MAX_TIER_B", "10");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(socket.readToEnd()).doesNotContain("0\r\n\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(request("POST", "/", "Transfer-Encoding: chunked") + "\r\n5\r\n12345\r\n");
            await().until(() -> pod.accepted() == 1);
            client.send("6\r\n123456\r\n0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(413);
        }
    }

    @Test
    void aHeadThatComesTooSlowlyIsTimedOut() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_HEADER_TIMEOUT", "200ms");
                RawClient client = edge.client()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n");
            Answer answer = client.read();
            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void aBodyThatStopsComingIsTimedOutAndNeverWholeForThePod() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_BODY_IDLE_TIMEOUT", "200ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(socket.readToEnd()).isEqualTo("some");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(request("POST", "/", "Content-Length: 100") + "\r\nsome");
            assertThat(client.read().status()).isEqualTo(408);
        }
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_IDLE_TIMEOUT", "500ms");
                RawClient unused = edge.client()) {
            assertThat(unused.isEnded()).isTrue();
            try (RawClient used = edge.client()) {
                assertThat(used.send(get("/")).read().status()).isEqualTo(403);
                assertThat(used.isEnded()).isTrue();
            }
            await().until(() -> edge.server.activeConnections() == 0);
        }
    }

    @Test
    void connectionsBeyondTheBoundAreToldSoAndClosed() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_CONNECTIONS_MAX", "1");
                RawClient first = edge.client();
                RawClient second = edge.client();
                RawClient third = edge.client()) {
            await().until(() -> edge.server.activeConnections() == 2);
            Answer answer = second.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("overloaded");
            assertThat(second.isEnded()).isTrue();
            assertThat(third.isEnded()).isTrue();
            assertThat(first.send(get("/")).read().status()).isEqualTo(403);
        }
    }

    @Test
    void lowerTiersAreShedFirst() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_REQUESTS_MAX", "2");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(end.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.respond("first");
                });
                RawClient first = edge.hotIn(pod).client();
                RawClient second = edge.client()) {
            first.send(get("/"));
            await().until(() -> pod.accepted() == 1);
            Answer shed = second.send(get("/")).read();
            assertThat(shed.status()).isEqualTo(503);
            assertThat(shed.body()).contains("overloaded");
            end.countDown();
            assertThat(first.read().body()).isEqualTo("first");
        }
    }

    @Test
    void aHeadRequestThatFailsGetsNoBody() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            Answer answer = client.send(request("HEAD", "/") + "\r\n").read(true);
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.header("Content-Length")).isNotEqualTo("0");
            assertThat(client.send(get("/")).read().status()).isEqualTo(403);
        }
    }

    @Test
    void aClientThatLeavesCancelsWhatItWaitedFor() throws Exception {
        Sinks.One<RouteLookup> never = Sinks.one();
        CountDownLatch cancelled = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.routes.loadBy(TENANT, never.asMono().doOnCancel(cancelled::countDown));
            client.send(get("/"));
            await().until(() -> edge.server.activeRequests() == 1);
            client.leave();
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            await().until(() -> edge.timelines.size() == 1);
            assertThat(edge.timeline().answeredBy).isEqualTo(AnsweredBy.NOBODY);
            await().until(() -> edge.server.activeRequests() == 0);
        }
    }

    @Test
    void aClientThatLeavesWhileUploadingEndsThePodsConnection() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(socket.readToEnd()).isEqualTo("some");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(request("POST", "/", "Content-Length: 100") + "\r\nsome");
            await().until(() -> pod.accepted() == 1);
            client.leave();
            await().until(() -> edge.timelines.size() == 1);
        }
    }

    @Test
    void aClientThatLeavesWhileDownloadingEndsThePodsConnection() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(get("/"));
            while (!client.readLine().isEmpty()) {}
            client.reset();
            await().until(() -> edge.timelines.size() == 1);
            assertThat(edge.timeline().complete).isFalse();
            assertThat(edge.timeline().status).isEqualTo(200);
        }
    }
}
