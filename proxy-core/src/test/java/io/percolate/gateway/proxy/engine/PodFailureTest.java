package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.post;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** What pods do wrong never looks like a proper answer. */
class PodFailureTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n\r\n",
                "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 99 Odd\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: b\u0000\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            })
    void anAnswerThatIsNotValidHttpBecomes502(String bytes) throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(bytes);
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer = client.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("urn:percolate:problem:pod-response-invalid");
        }
    }

    @Test
    void interimAnswersForEverBecome502() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 100 Continue\r\n\r\n".repeat(50));
                    socket.readToEnd();
                });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/")).read().status()).isEqualTo(502);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nonly this",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n0\r\n",
            })
    void anAnswerThatBreaksOffIsBrokenForTheClientToo(String bytes) throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(bytes);
                    socket.close();
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer = client.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.whole()).isFalse();
            await().until(() -> edge.timelines.size() == 1);
            assertThat(edge.timeline().complete).isFalse();
            assertThat(edge.timeline().failure).isIn(FailureKind.POD_CLOSED, FailureKind.POD_RESPONSE_INVALID);
        }
    }

    @Test
    void aBrokenAnswerIsAResetForAClientThatKnowsNoOtherEnd() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n");
                    socket.reset();
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send("GET / HTTP/1.0\r\nAuthorization: Bearer " + TestEdge.TOKEN + "\r\n\r\n");
            boolean whole;
            try {
                whole = client.read().whole();
            } catch (IOException reset) {
                whole = false;
            }
            assertThat(whole).isFalse();
        }
    }

    @Test
    void aResetOfAnAnswerThatEndsWithItsConnectionIsNoEnd() throws Exception {
        CountDownLatch received = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\n\r\nonly this");
                    assertThat(received.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.reset();
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(get("/"));
            while (!client.readLine().isEmpty()) {}
            assertThat(client.readLine() + client.readLine()).isEqualTo("9only this");
            received.countDown();
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void aPodThatClosesUnansweredBecomes502() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().lastly(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 O");
                    socket.close();
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer = client.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("pod-closed");
            assertThat(answer.header("Retry-After")).isEqualTo("1");
            assertThat(pod.accepted()).isEqualTo(3);
            assertThat(edge.timeline().tries).isEqualTo(3);
        }
    }

    @Test
    void aStaleConnectionIsReplacedSilentlyOnce() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> {
                            socket.readHead();
                            socket.respond("first");
                            socket.readHead();
                            socket.reset();
                        })
                        .then(socket -> {
                            socket.readHead();
                            socket.respond("second");
                        });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/")).read().body()).isEqualTo("first");
            assertThat(client.send(get("/")).read().body()).isEqualTo("second");
        }
    }

    @Test
    void aPostThatMayHaveBeenDoneIsNotRepeated() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.respond("first");
                    socket.readHead();
                    socket.close();
                });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/")).read().body()).isEqualTo("first");
            assertThat(client.send(post("/", "pay")).read().status()).isEqualTo(502);
        }
    }

    @Test
    void aConnectionThatThePodClosedWhileIdleIsNotUsed() throws Exception {
        CountDownLatch close = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> {
                            socket.readHead();
                            socket.respond("first");
                            assertThat(close.await(10, TimeUnit.SECONDS)).isTrue();
                            socket.close();
                            closed.countDown();
                        })
                        .then(socket -> {
                            socket.readHead();
                            socket.readBytes(3);
                            socket.respond("second");
                        });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/")).read().body()).isEqualTo("first");
            close.countDown();
            assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
            // Even a POST: nothing of it was ever sent on the closed connection.
            assertThat(client.send(post("/", "pay")).read().body()).isEqualTo("second");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"})
    void bytesBeyondAnAnswerAreNeverTheNextOne(String extra) throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> {
                            socket.readHead();
                            socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst" + extra);
                            assertThat(socket.readToEnd()).isIn("", "<reset>");
                        })
                        .then(socket -> {
                            socket.readHead();
                            socket.respond("second");
                        });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/")).read().body()).isEqualTo("first");
            assertThat(client.send(get("/")).read().body()).isEqualTo("second");
        }
    }

    @Test
    void aPodThatDoesNotAnswerInTimeBecomes504() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_UPSTREAM_RESPONSE_TIMEOUT", "200ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(socket.readToEnd()).isEmpty();
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer = client.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(504);
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.POD_RESPONSE_TIMEOUT);
        }
    }

    @Test
    void aPodThatStopsInTheMiddleBreaksTheAnswer() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_UPSTREAM_IDLE_TIMEOUT", "200ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
                    assertThat(socket.readToEnd()).isEmpty();
                });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/")).read().whole()).isFalse();
        }
    }

    @Test
    void aPodThatRefusesConnectionsLeadsToAWakeAndItsOutcome() throws Exception {
        ScriptedPod gone = new ScriptedPod();
        gone.close();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.respond("awake");
                });
                RawClient client = edge.hotIn(gone).client()) {
            Answer failed = client.send(get("/")).read();
            assertThat(failed.status()).isEqualTo(503);
            assertThat(failed.body()).contains("wake-failed");
            assertThat(edge.wakes.calls()).isEqualTo(1);

            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 2)));
            assertThat(client.send(post("/", "body")).read().body()).isEqualTo("awake");
            assertThat(edge.routes.refreshes()).isEqualTo(2);
        }
    }

    @Test
    void aPodThatRefusesForEverIsTriedAFewTimesOnly() throws Exception {
        ScriptedPod gone = new ScriptedPod();
        gone.close();
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.hotIn(gone).client()) {
            edge.wakes.outcome(Mono.just(TestEdge.hot(gone.address(), 1)));
            Answer answer = client.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("pod-connect-refused");
            assertThat(answer.header("Retry-After")).isEqualTo("1");
            assertThat(edge.wakes.calls()).isEqualTo(2);
        }
    }

    @Test
    void aPodThatMovedIsFoundByARefresh() throws Exception {
        ScriptedPod gone = new ScriptedPod();
        gone.close();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "X-Placement-Epoch"))
                            .isEqualTo("2");
                    socket.respond("here");
                });
                RawClient client = edge.hotIn(gone).client()) {
            edge.routes.loadBy(TestEdge.TENANT, Mono.just(new RouteLookup.Known(TestEdge.hot(pod.address(), 2))));
            assertThat(client.send(get("/")).read().body()).isEqualTo("here");
            assertThat(edge.wakes.calls()).isZero();
        }
    }

    @Test
    void aPodThatDoesNotAcceptInTimeIsUnreachable() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TestEdge edge = new TestEdge("GATEWAY_UPSTREAM_CONNECT_TIMEOUT", "200ms");
                RawClient client = edge.client()) {
            List<Socket> fillers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Socket filler = new Socket();
                fillers.add(filler);
                try {
                    filler.connect(new InetSocketAddress(full.getInetAddress(), full.getLocalPort()), 200);
                } catch (SocketTimeoutException filled) {
                    break;
                }
            }
            PodAddress address = new PodAddress("127.0.0.1", full.getLocalPort());
            edge.routes.put(TestEdge.hot(address, 1));
            edge.wakes.outcome(Mono.just(TestEdge.hot(address, 1)));
            Answer answer = client.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("pod-connect-timeout");
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    @Test
    void tooManyRequestsForOnePodAreRefusedOrWaitInVain() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_UPSTREAM_CONNECTIONS_MAX", "1",
                        "GATEWAY_UPSTREAM_PENDING_MAX", "1",
                        "GATEWAY_UPSTREAM_PENDING_TIMEOUT", "300ms");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(end.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.respond("first");
                });
                RawClient first = edge.hotIn(pod).client();
                RawClient second = edge.client();
                RawClient third = edge.client()) {
            first.send(get("/1"));
            await().until(() -> pod.accepted() == 1);
            second.send(get("/2"));
            await().until(() -> edge.server.activeRequests() == 2);
            Answer refused = third.send(get("/3")).read();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("pod-connections-exhausted");
            assertThat(second.read().body()).contains("pod-connections-exhausted");
            end.countDown();
            assertThat(first.read().body()).isEqualTo("first");
        }
    }

    @Test
    void aMisdirectedRequestIsSentOnceMoreWithItsBody() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod other = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "X-Placement-Epoch"))
                            .isEqualTo("2");
                    assertThat(socket.readBytes(4)).asString().isEqualTo("ping");
                    socket.respond("pong");
                });
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.readBytes(4);
                    socket.write("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 4\r\n\r\nnope");
                    socket.readToEnd();
                });
                RawClient client = edge.hotIn(pod).client()) {
            edge.routes.loadBy(TestEdge.TENANT, Mono.just(new RouteLookup.Known(TestEdge.hot(other.address(), 2))));
            assertThat(client.send(post("/", "ping")).read().body()).isEqualTo("pong");
            assertThat(edge.timeline().status).isEqualTo(200);
        }
    }

    @Test
    void aChunkedBodyIsReplayedWithItsEnd() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod other = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(socket.readChunked()).isEqualTo("pingpong|X-Sum: 8");
                    socket.respond("done");
                });
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.readChunked();
                    socket.write("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n");
                    socket.readToEnd();
                });
                RawClient client = edge.hotIn(pod).client()) {
            edge.routes.loadBy(TestEdge.TENANT, Mono.just(new RouteLookup.Known(TestEdge.hot(other.address(), 2))));
            client.send(request("POST", "/", "Transfer-Encoding: chunked") + "\r\n4\r\nping\r\n");
            client.send("4\r\npong\r\n0\r\nX-Sum: 8\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("done");
        }
    }

    @Test
    void aMisdirectedRequestWithMoreBodyThanIsKeptIsNotRepeated() throws Exception {
        int bytes = ReplayBuffer.BYTES_MAX + 1;
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.readBytes(bytes);
                    socket.write("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n");
                    socket.readToEnd();
                });
                RawClient client = edge.hotIn(pod).client()) {
            Answer answer = client.send(post("/", "x".repeat(bytes))).read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("pod-misdirected");
            assertThat(answer.header("Retry-After")).isEqualTo("1");
        }
    }

    @Test
    void aPodThatLostItsTenantIsWokenAgain() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod()
                        .then(socket -> {
                            socket.readHead();
                            socket.write("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n");
                            socket.readToEnd();
                        })
                        .then(socket -> {
                            socket.readHead();
                            socket.respond("again");
                        });
                RawClient client = edge.hotIn(pod).client()) {
            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 2)));
            assertThat(client.send(get("/")).read().body()).isEqualTo("again");
            assertThat(edge.wakes.calls()).isEqualTo(1);
        }
    }
}
