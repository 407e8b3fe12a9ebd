package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Answers that outlast the right to them. */
class LongAnswersTest {
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String EVENT = "9\r\ndata: 1\n\n\r\n";

    private final CountDownLatch podLeft = new CountDownLatch(1);

    /** Sends an event and then nothing, until the gateway goes away. */
    private ScriptedPod streaming() throws IOException {
        return new ScriptedPod().then(socket -> {
            socket.readHead();
            socket.write(HEAD + EVENT);
            try {
                assertThat(socket.in().read()).isNegative();
            } catch (IOException resetIsAsGood) {
                podLeft.countDown();
                return;
            }
            podLeft.countDown();
        });
    }

    private static void readToFirstEvent(RawClient client) throws IOException {
        client.send(TestEdge.get("/events"));
        while (!client.readLine().isEmpty()) {}
        assertThat(client.readLine()).isEqualTo("9");
        assertThat(client.readLine()).isEqualTo("data: 1");
    }

    private static void readToTheEnd(RawClient client) {
        try {
            client.in().readAllBytes();
        } catch (IOException resetIsAsGood) {
            assertThat(resetIsAsGood).isNotNull();
        }
    }

    @Test
    void endWhenTheirTokenIsRevoked() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = streaming();
                RawClient client = edge.hotIn(pod).client()) {
            readToFirstEvent(client);

            edge.tokens.revoke(TestEdge.TOKEN);

            readToTheEnd(client);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.TOKEN_REVOKED);
            assertThat(edge.timeline().complete).isFalse();
            assertThat(podLeft.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void endWhenTheirTokenExpires() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = streaming();
                RawClient client = edge.hotIn(pod).client()) {
            // Long enough for the first event on a busy machine.
            long expiresAtMillis = System.currentTimeMillis() + 4_000;
            edge.tokens.acceptUntil(TestEdge.TOKEN, TestEdge.TENANT, expiresAtMillis);
            readToFirstEvent(client);

            readToTheEnd(client);
            assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(expiresAtMillis);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.TOKEN_EXPIRED);
            assertThat(edge.timeline().complete).isFalse();
            assertThat(podLeft.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void endWhenTheirTenantIsSuspended() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = streaming();
                RawClient client = edge.hotIn(pod).client()) {
            readToFirstEvent(client);

            edge.routes.put(TestEdge.route(Residency.HOT, TenantStatus.SUSPENDED, Tier.B, pod.address(), 1));

            readToTheEnd(client);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.TENANT_SUSPENDED);
            assertThat(podLeft.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void goOnWhileAllIsInOrder() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(HEAD + EVENT);
                    TimeUnit.NANOSECONDS.sleep(3 * LongAnswers.LOOK_NANOS);
                    socket.write("3\r\nend\r\n0\r\n\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            RawClient.Answer answer = client.send(TestEdge.get("/events")).read();

            assertThat(answer.body()).endsWith("end");
            assertThat(edge.timeline().failure).isNull();
            assertThat(edge.timeline().complete).isTrue();
        }
    }
}
