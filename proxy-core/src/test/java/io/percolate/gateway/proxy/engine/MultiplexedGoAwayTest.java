package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.directory.RouteLookup;
import java.io.EOFException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A pod that sends its connections away all the time. */
class MultiplexedGoAwayTest {
    private static final int CLIENTS = 8;
    private static final int REQUESTS = 25;
    private static final int SERVED_PER_CONNECTION = 10;

    /** Serves a few requests, says that they were the last, and does not begin with any beyond. */
    private static void serveFew(PodSocket socket) throws Exception {
        FrameSocket frames = new FrameSocket(socket).handshake();
        int served = 0;
        try {
            while (true) {
                FrameSocket.Frame head = frames.request();
                if (served < SERVED_PER_CONNECTION) {
                    frames.respond(head.stream(), head.field(":path"));
                    if (++served == SERVED_PER_CONNECTION) {
                        frames.goAway(head.stream(), FrameSocket.NO_ERROR);
                    }
                }
            }
        } catch (EOFException ended) {
            assertThat(served).isPositive();
        }
    }

    @Test
    void noRequestIsLostWhateverItsMethod() throws Exception {
        try (ScriptedPod pod = new ScriptedPod().lastly(MultiplexedGoAwayTest::serveFew);
                TestEdge edge = new TestEdge("GATEWAY_UPSTREAM_PROTOCOL_TIER_B", "h2c").hotIn(pod);
                ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Callable<Integer>> work = new ArrayList<>();
            for (int number = 0; number < CLIENTS; number++) {
                String prefix = "/" + number + "/";
                work.add(() -> {
                    int answered = 0;
                    try (RawClient client = edge.client()) {
                        for (int i = 0; i < REQUESTS; i++) {
                            String path = prefix + i;
                            client.send(i % 2 == 0 ? TestEdge.get(path) : TestEdge.post(path, ""));
                            answered += client.read().body().equals(path) ? 1 : 0;
                        }
                    }
                    return answered;
                });
            }
            for (Future<Integer> answered : clients.invokeAll(work, 30, TimeUnit.SECONDS)) {
                assertThat(answered.get()).isEqualTo(REQUESTS);
            }
            assertThat(pod.accepted()).isGreaterThanOrEqualTo(CLIENTS * REQUESTS / SERVED_PER_CONNECTION);
        }
    }

    @Test
    void aMisdirectedRequestIsSentAgainToWhereItsTenantIsNow() throws Exception {
        try (ScriptedPod before = new ScriptedPod();
                ScriptedPod now = new ScriptedPod();
                TestEdge edge = new TestEdge("GATEWAY_UPSTREAM_PROTOCOL_TIER_B", "h2c").hotIn(before);
                RawClient client = edge.client()) {
            before.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                assertThat(head.field("x-placement-epoch")).isEqualTo("1");
                frames.body(head.stream());
                frames.headers(head.stream(), true, ":status: 421");
                frames.readToEnd();
            });
            now.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                assertThat(head.field("x-placement-epoch")).isEqualTo("2");
                frames.respond(head.stream(), frames.body(head.stream()));
                frames.readToEnd();
            });
            edge.routes.loadBy(TestEdge.TENANT, Mono.just(new RouteLookup.Known(TestEdge.hot(now.address(), 2))));

            assertThat(client.send(TestEdge.post("/", "12345")).read().body()).isEqualTo("12345");
        }
    }
}
