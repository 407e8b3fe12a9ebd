package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.RawClient.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

/** An edge that goes out of service while clients go on. */
class EdgeDrainTest {
    private static final int CLIENTS = 4;
    private static final Duration BOUND = Duration.ofSeconds(20);

    /** Clients that connect anew for each request, until they are refused: a connection that was made is served. */
    @Test
    void noConnectionThatWasMadeIsLostWhenTheListenersClose() throws Exception {
        RecordingPod pod = new RecordingPod();
        TestEdge edge = new TestEdge("GATEWAY_EDGE_EVENT_LOOPS", "2");
        edge.routes.put(TestEdge.hot(pod.address(), 1));
        InetSocketAddress address = edge.server.address();
        AtomicInteger served = new AtomicInteger();
        Queue<String> failures = new ConcurrentLinkedQueue<>();
        CountDownLatch refused = new CountDownLatch(CLIENTS);
        for (int i = 0; i < CLIENTS; i++) {
            Thread.ofPlatform().daemon().start(() -> {
                while (requestOnNewConnection(address, failures)) {
                    served.incrementAndGet();
                }
                refused.countDown();
            });
        }
        await().until(() -> served.get() > 100);

        edge.server.drain(BOUND).block(BOUND.plusSeconds(10));

        assertThat(refused.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(failures).isEmpty();
        pod.close();
    }

    /** False when nobody listens any more. */
    private static boolean requestOnNewConnection(InetSocketAddress edge, Queue<String> failures) {
        try (RawClient client = new RawClient(edge)) {
            int status = client.send(get("/")).read().status();
            if (status != 200) {
                failures.add("status " + status);
            }
            return true;
        } catch (ConnectException nobodyListens) {
            return false;
        } catch (IOException lost) {
            failures.add(String.valueOf(lost));
            return true;
        }
    }

    @Test
    void requestsUnderWayEndAndTheirConnectionsWithThem() throws Exception {
        CountDownLatch mayAnswer = new CountDownLatch(1);
        try (ScriptedPod pod = new ScriptedPod()) {
            TestEdge edge = new TestEdge().hotIn(pod);
            pod.then(socket -> {
                socket.readHead();
                mayAnswer.await();
                socket.respond("late");
            });
            RawClient client = edge.client().send(get("/slow"));
            await().until(() -> edge.server.activeRequests() == 1);
            List<Boolean> drained = new ArrayList<>();
            Disposable drain = edge.server
                    .drain(BOUND)
                    .doOnSuccess(done -> drained.add(true))
                    .subscribe();

            mayAnswer.countDown();
            Answer answer = client.read();

            assertThat(answer.body()).isEqualTo("late");
            assertThat(answer.header("Connection")).isEqualTo("close");
            assertThat(client.isEnded()).isTrue();
            await().until(() -> drained.size() == 1);
            assertThat(drain.isDisposed()).isTrue();
            client.close();
        }
    }

    @Test
    void anIdleConnectionIsLeftForTheRequestThatMayBeOnItsWayAndClosedAfterwards() throws Exception {
        try (RecordingPod pod = new RecordingPod()) {
            TestEdge edge = new TestEdge();
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            RawClient used = edge.client();
            RawClient unused = edge.client();
            assertThat(used.send(get("/1")).read().status()).isEqualTo(200);
            assertThat(unused.send(get("/1")).read().status()).isEqualTo(200);

            Disposable drain = edge.server.drain(BOUND).subscribe();
            Answer last = used.send(get("/2")).read();

            assertThat(last.status()).isEqualTo(200);
            assertThat(last.header("Connection")).isEqualTo("close");
            assertThat(unused.isEnded()).isTrue();
            await().until(drain::isDisposed);
            used.close();
            unused.close();
        }
    }

    @Test
    void clientsAreSentAwayBeforeTheDrainBegins() throws Exception {
        try (TestEdge edge = new TestEdge();
                RecordingPod pod = new RecordingPod();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            edge.server.sendAway();

            assertThat(client.send(get("/")).read().header("Connection")).isEqualTo("close");
            try (RawClient another = edge.client()) {
                assertThat(another.send(get("/")).read().status()).isEqualTo(200);
            }
        }
    }
}
