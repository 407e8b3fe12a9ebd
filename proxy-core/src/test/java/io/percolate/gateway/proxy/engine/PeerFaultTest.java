package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.RawClient.Answer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults that mature gateways and proxies were seen to have, one test each. */
class PeerFaultTest {
    private static final String CHUNKED = "Transfer-Encoding: chunked";

    /** Spring Cloud Gateway on Reactor Netty. */
    @ParameterizedTest
    @ValueSource(strings = {"zz\r\n", "5\r\nsecondX\r\n", "5\r\nsecon0\r\n\r\n", "0\r\nbad trailer\r\n\r\n"})
    void aBadChunkInTheMiddleOfAnUploadReachedTheOriginAsACompleteRequest(String bad) throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(socket.readLine()).isEqualTo("5");
                    assertThat(socket.readBytes(5)).asString().isEqualTo("first");
                    assertThat(socket.readLine()).isEmpty();
                    // Neither the last chunk, nor anything that a reader could take for it.
                    assertThat(socket.readToEnd()).doesNotContain("0\r\n\r\n").doesNotContain("HTTP/1.1");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(request("POST", "/", CHUNKED) + "\r\n5\r\nfirst\r\n");
            await().until(() -> pod.accepted() == 1);
            assertThat(client.send(bad).read().status()).isEqualTo(400);
            assertThat(client.isEnded()).isTrue();
        }
    }

    /** Spring Cloud Gateway on Reactor Netty. */
    @ParameterizedTest
    @ValueSource(strings = {"100000000", "100000005", "10000000000000005", "80000005", "ffffffff"})
    void aChunkSizePast32BitsWrappedSoThatBodyBytesBecameARequest(String size) throws Exception {
        try (TestEdge edge = new TestEdge();
                RecordingPod pod = new RecordingPod();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            client.send(request("POST", "/", CHUNKED) + "\r\n" + size + "\r\nabcde\r\n0\r\n\r\n" + get("/hidden"));
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.isEnded()).isTrue();
            assertThat(pod.take()).isEmpty();
        }
    }

    /** The same with a length, which is a long one here and not refused: its body has only begun. */
    @Test
    void aLengthPast32BitsIsNotWrapped() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_EDGE_BODY_IDLE_TIMEOUT", "300ms");
                RecordingPod pod = new RecordingPod();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            client.send(request("POST", "/", "Content-Length: 4294967300") + "\r\nabcd" + get("/hidden"));
            assertThat(client.read().status()).isEqualTo(408);
            assertThat(client.isEnded()).isTrue();
            assertThat(pod.take()).isEmpty();
        }
    }

    /** Spring Cloud Gateway on Reactor Netty. */
    @Test
    void anOriginsResetBetweenChunksReachedTheClientAsACompleteAnswer() throws Exception {
        CountDownLatch received = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
                    assertThat(received.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.reset();
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(get("/"));
            while (!client.readLine().isEmpty()) {}
            assertThat(client.readLine() + client.readLine()).isEqualTo("5first");
            received.countDown();
            assertThat(client.isEnded()).isTrue();
            await().until(() -> edge.timelines.size() == 1);
            assertThat(edge.timeline().complete).isFalse();
        }
    }

    /** Spring Cloud Gateway on Reactor Netty. */
    @ParameterizedTest
    @ValueSource(
            strings = {"X-Tenant-Id", "close, x-tenant-id, X-Tenant-Tier", "X-Placement-Epoch", "Via, X-Request-Id"})
    void connectionNamedTheGatewaysOwnFieldsAway(String names) throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    assertThat(PodSocket.header(head, "X-Tenant-Id")).isEqualTo(TestEdge.TENANT.toString());
                    assertThat(PodSocket.header(head, "X-Tenant-Tier")).isEqualTo("B");
                    assertThat(PodSocket.header(head, "X-Placement-Epoch")).isEqualTo("1");
                    assertThat(PodSocket.header(head, "X-Request-Id")).isNotEmpty();
                    assertThat(PodSocket.header(head, "Via")).isEqualTo("1.1 percolate");
                    socket.respond("ok");
                });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/", "Connection: " + names, "X-Tenant-Id: evil"))
                            .read()
                            .body())
                    .isEqualTo("ok");
        }
    }

    /** Spring Cloud Gateway on Reactor Netty. */
    @Test
    void theClientWasToldThatProtocolsAreSwitchedThoughTheOriginRefused() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope");
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer = client.send(get(
                            "/ws",
                            "Connection: Upgrade",
                            "Upgrade: websocket",
                            "Sec-WebSocket-Version: 13",
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
                    .read();
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.body()).isEqualTo("nope");
        }
    }

    /** Spring Cloud Gateway on Reactor Netty. */
    @Test
    void anEarlyHintSwallowedTheAnswer() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                    socket.write("HTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n");
                    socket.respond("the answer");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(get("/"));
            assertThat(client.read().header("Link")).isEqualTo("</a>");
            assertThat(client.read().header("Link")).isEqualTo("</b>");
            assertThat(client.read().body()).isEqualTo("the answer");
        }
    }

    /** HAProxy 2.6. */
    @ParameterizedTest
    @ValueSource(
            strings = {"18446744073709551616", "18446744073709551615", "9223372036854775808", "00018446744073709551616"
            })
    void aLengthOf2To64WasTakenForNoneButForwarded(String length) throws Exception {
        try (TestEdge edge = new TestEdge();
                RecordingPod pod = new RecordingPod();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            client.send(request("POST", "/", "Content-Length: " + length) + "\r\n" + get("/hidden"));
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.isEnded()).isTrue();
            assertThat(pod.take()).isEmpty();
        }
    }

    /** nginx 1.22. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 4x\r\n\r\nabcd",
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
                "HTTP/1.1 2000 OK\r\nContent-Length: 4\r\n\r\nabcd",
                "HTTP/1.1 20 OK\r\nContent-Length: 4\r\n\r\nabcd",
                "HTTP/9.9 200 OK\r\nContent-Length: 4\r\n\r\nabcd",
            })
    void anOriginsInvalidLengthAndStatusLineWerePassedOn(String bytes) throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(bytes);
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/")).read().status()).isEqualTo(502);
        }
    }

    /** nginx and HAProxy. */
    @Test
    void fieldsThatConnectionNamesWerePassedOn() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(socket.readHead()).noneMatch(line -> line.contains("evil"));
                    socket.write("HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: evil\r\nContent-Length: 0\r\n\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer =
                    client.send(get("/", "X-Hop: evil", "Connection: x-hop")).read();
            assertThat(answer.head()).noneMatch(line -> line.contains("evil"));
        }
    }
}
