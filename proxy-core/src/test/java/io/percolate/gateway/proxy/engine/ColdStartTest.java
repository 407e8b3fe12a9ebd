package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.post;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.proxy.cold.HoldBound;
import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** A tenant that is not hot is answered from its context, or its requests wait for it. */
class ColdStartTest {
    private static final Context CONTEXT = new Actors.TextContext("0123456789");

    @Test
    void aReadIsAnsweredFromTheContextWhileTheWakeBegins() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.just(CONTEXT).subscribeOn(Schedulers.parallel()));
            edge.wakes.outcome(Mono.never());

            Answer answer = client.send(get("/")).read();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("0123456789");
            assertThat(answer.header("X-Served-From")).isEqualTo("context");
            assertThat(answer.header("ETag")).isEqualTo("\"v1\"");
            assertThat(answer.header("Last-Modified")).isEqualTo("Sun, 01 Mar 2026 12:00:00 GMT");
            assertThat(answer.header("Content-Length")).isEqualTo("10");
            assertThat(edge.wakes.calls()).isEqualTo(1);
            Answer head = client.send(request("HEAD", "/") + "\r\n").read(true);
            assertThat(head.header("Content-Length")).isEqualTo("10");
            assertThat(edge.wakes.calls()).isEqualTo(1);
            assertThat(edge.timeline().answeredBy).isEqualTo(AnsweredBy.CONTEXT);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "If-None-Match: \"v1\" | 304 | ''",
                "If-None-Match: \"v0\", W/\"v1\" | 304 | ''",
                "If-None-Match: * | 304 | ''",
                "If-None-Match: \"v0\" | 200 | 0123456789",
                "If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT | 304 | ''",
                "If-Modified-Since: Sun, 01 Mar 2026 11:59:59 GMT | 200 | 0123456789",
                "If-Modified-Since: yesterday | 200 | 0123456789",
                "Range: bytes=2-4 | 206 | 234",
                "Range: bytes=7- | 206 | 789",
                "Range: bytes=-2 | 206 | 89",
                "Range: bytes=8-100 | 206 | 89",
                "Range: bytes=10- | 416 | ''",
                "Range: bytes=-0 | 416 | ''",
                "Range: bytes=4-2 | 200 | 0123456789",
                "Range: bytes=0-8,1-9 | 200 | 0123456789",
                "Range: bytes=0-1,4-2 | 200 | 0123456789",
                "Range: bytes=3-4, 20-30 | 206 | 34",
                "Range: bytes=20-30,40- | 416 | ''",
                "Range: bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8,9-9,0-0,0-0,0-0,0-0,0-0,0-0,0-0 | 200 | 0123456789",
                "Range: lines=1-2 | 200 | 0123456789",
            })
    void conditionsAndRangesHoldForContexts(String field, int status, String body) throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.just(CONTEXT));
            edge.wakes.outcome(Mono.never());
            Answer answer = client.send(get("/", field)).read();
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.body()).isEqualTo(body);
            // Whatever was said of the length was true: the connection goes on.
            assertThat(client.send(get("/", "Range: bytes=0-0", "If-Range: \"v1\""))
                            .read()
                            .body())
                    .isEqualTo("0");
            assertThat(client.send(get("/", "Range: bytes=0-0", "If-Range: \"v0\""))
                            .read()
                            .body())
                    .isEqualTo("0123456789");
        }
    }

    @Test
    void severalRangesComeAsPartsOfOneBody() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.just(CONTEXT));
            edge.wakes.outcome(Mono.never());
            Answer answer = client.send(get("/", "Range: bytes=7-, 0-1")).read();
            assertThat(answer.status()).isEqualTo(206);
            String type = answer.header("Content-Type");
            assertThat(type).startsWith("multipart/byteranges; boundary=");
            String boundary = type.substring(type.indexOf('=') + 1);
            assertThat(answer.body())
                    .isEqualTo("--" + boundary
                            + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 7-9/10\r\n\r\n789"
                            + "\r\n--" + boundary
                            + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n--" + boundary
                            + "--\r\n");
            assertThat(client.send(get("/")).read().body()).isEqualTo("0123456789");
        }
    }

    @ParameterizedTest
    @CsvSource({"CONTEXT_ABSENT", "CONTEXT_UNREADABLE", "CONTEXT_STORE_UNAVAILABLE"})
    void aReadWithoutContextWaitsForThePod(FailureKind kind) throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.respond("awake");
                });
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.error(Failure.of(kind, "no context").toException()));
            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 1)));
            assertThat(client.send(get("/")).read().body()).isEqualTo("awake");
        }
    }

    @Test
    void aContextThatBreaksOffBreaksTheAnswer() throws Exception {
        Context broken = new BrokenContext();
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.just(broken));
            edge.wakes.outcome(Mono.never());
            Answer answer = client.send(get("/")).read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.whole()).isFalse();
        }
    }

    @Test
    void aLargeContextIsAskedForOnlyAsFastAsTheClientReads() throws Exception {
        AtomicInteger produced = new AtomicInteger();
        int parts = 4_000;
        Context large = new LargeContext(parts, produced);
        CountDownLatch cancelled = new CountDownLatch(1);
        try (TestEdge edge = new TestEdge();
                RawClient client = new RawClient(edge.server.address(), 8 << 10)) {
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.just(new CancelledContext(large, cancelled)));
            edge.wakes.outcome(Mono.never());
            client.send(get("/"));
            while (!client.readLine().isEmpty()) {}
            await().during(Duration.ofMillis(300)).until(() -> produced.get() < parts / 2);
            client.reset();
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aWriteWaitsForThePodWithItsBodyWhole() throws Exception {
        Sinks.One<TenantRoute> wake = Sinks.one();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "X-Placement-Epoch"))
                            .isEqualTo("4");
                    assertThat(socket.readBytes(5)).asString().isEqualTo("hello");
                    socket.respond("stored");
                });
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.wakes.outcome(wake.asMono());
            client.send(post("/messages", "hello"));
            await().until(() -> edge.wakes.calls() == 1);
            wake.tryEmitValue(TestEdge.hot(pod.address(), 4)).orThrow();
            Answer answer = client.read();
            assertThat(answer.body()).isEqualTo("stored");
            assertThat(answer.header("Server-Timing")).matches("queue;dur=[0-9.]+");
            assertThat(edge.timeline().answeredBy).isEqualTo(AnsweredBy.POD_AFTER_HOLD);
        }
    }

    @Test
    void aFailedWakeIsTold() throws Exception {
        try (TestEdge edge = new TestEdge();
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.wakes.outcome(Mono.error(Failure.of(FailureKind.WAKE_NO_CAPACITY, "no pod has room")
                    .withRetryAfter(Duration.ofMillis(2_500))
                    .toException()));
            Answer answer = client.send(post("/", "x")).read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("Retry-After")).isEqualTo("3");
            assertThat(answer.body()).contains("wake-no-capacity");
        }
    }

    @Test
    void aRequestIsHeldForSoLongOnly() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_COLD_HOLD_LIMIT", "200ms");
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.wakes.outcome(Mono.never());
            Answer answer = client.send(post("/", "x")).read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("hold-timeout");
            assertThat(answer.header("Retry-After")).isEqualTo("7");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GATEWAY_COLD_HELD_PER_TENANT_MAX, TENANT",
        "GATEWAY_COLD_HELD_MAX, REQUESTS",
        "GATEWAY_COLD_HELD_MAX_TIER_B, TIER"
    })
    void onlySoManyRequestsAreHeldAndWhoLeavesMakesRoom(String bound, HoldBound counted) throws Exception {
        Sinks.One<TenantRoute> wake = Sinks.one();
        try (TestEdge edge = new TestEdge(bound, "1");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.respond("third");
                });
                RawClient first = edge.client();
                RawClient second = edge.client();
                RawClient third = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.wakes.outcome(wake.asMono());
            first.send(get("/", "A: b").replaceFirst("GET", "PUT"));
            await().until(() -> edge.wakes.calls() == 1);
            Answer full = second.send(get("/").replaceFirst("GET", "PUT")).read();
            assertThat(full.status()).isEqualTo(503);
            assertThat(full.body()).contains("hold-full");
            assertThat(full.header("Retry-After")).isEqualTo("7");
            assertThat(edge.server.refusedHolds(counted)).isEqualTo(1);
            assertThat(edge.server.heldRequests()).isEqualTo(1);
            assertThat(edge.server.heldBytes()).isEqualTo(4 << 10);
            first.leave();
            await().until(() -> edge.server.activeRequests() == 0);
            third.send(get("/").replaceFirst("GET", "PUT"));
            await().until(() -> edge.wakes.calls() == 2);
            wake.tryEmitValue(TestEdge.hot(pod.address(), 1)).orThrow();
            assertThat(third.read().body()).isEqualTo("third");
            assertThat(edge.server.heldBytes()).isZero();
        }
    }

    @Test
    void heldRequestsAreLetGoAFewAtATime() throws Exception {
        Sinks.One<TenantRoute> wake = Sinks.one();
        CyclicBarrier bothBusy = new CyclicBarrier(2);
        int count = 12;
        ScriptedPod pod = new ScriptedPod();
        // A third request at once would open a third connection, for which there is no script.
        ScriptedPod.Script script = socket -> {
            socket.readHead();
            bothBusy.await(10, TimeUnit.SECONDS);
            socket.respond("ok");
            while (true) {
                try {
                    socket.readHead();
                } catch (IOException ended) {
                    return;
                }
                socket.respond("ok");
            }
        };
        List<RawClient> clients = new ArrayList<>();
        try (pod;
                TestEdge edge = new TestEdge("GATEWAY_COLD_RELEASE_CONCURRENCY", "2")) {
            pod.then(script).then(script);
            edge.routes.put(TestEdge.cold());
            edge.wakes.outcome(wake.asMono());
            for (int i = 0; i < count; i++) {
                RawClient client = edge.client();
                clients.add(client);
                client.send(get("/").replaceFirst("GET", "PUT"));
            }
            await().until(() -> edge.server.activeRequests() == count);
            wake.tryEmitValue(TestEdge.hot(pod.address(), 1)).orThrow();
            for (RawClient client : clients) {
                assertThat(client.read().body()).isEqualTo("ok");
                client.close();
            }
            assertThat(pod.accepted()).isEqualTo(2);
            assertThat(edge.wakes.calls()).isEqualTo(1);
        }
    }

    @Test
    void aMovingTenantsRequestsWaitForItsNewPod() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.respond("moved");
                });
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.route(Residency.MOVING, TenantStatus.ACTIVE, Tier.B, pod.address(), 1));
            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 2)));
            assertThat(client.send(get("/")).read().body()).isEqualTo("moved");
        }
    }

    @Test
    void aMisplacedTenantThatCannotBeMovedIsServedWhereItIs() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "X-Tenant-Tier"))
                            .isEqualTo("A");
                    socket.respond("still here");
                });
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.route(Residency.HOT, TenantStatus.ACTIVE, Tier.A, pod.address(), 1));
            assertThat(client.send(get("/")).read().body()).isEqualTo("still here");
            assertThat(edge.wakes.calls()).isEqualTo(1);
        }
    }

    @Test
    void rulesChooseTheResponderAndClientsDoNot() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_COLD_RULES", "GET /private/** -> reject; GET /** -> context");
                RawClient client = edge.client()) {
            edge.routes.put(TestEdge.cold());
            edge.contexts.outcome(Mono.just(CONTEXT));
            edge.wakes.outcome(Mono.never());
            Answer rejected =
                    client.send(get("/private/a?b", "X-Served-From: context")).read();
            assertThat(rejected.status()).isEqualTo(503);
            assertThat(rejected.body()).contains("wake-in-progress");
            assertThat(rejected.header("Retry-After")).isEqualTo("7");
            assertThat(edge.wakes.calls()).isEqualTo(1);
            assertThat(client.send(get("/public")).read().status()).isEqualTo(200);
        }
    }

    private static final class BrokenContext extends Text {
        @Override
        public Publisher<ByteBuffer> bytes(long start, long end) {
            return Flux.concat(
                    Mono.just(ByteBuffer.wrap(new byte[4])),
                    Mono.error(
                            Failure.of(FailureKind.CONTEXT_UNREADABLE, "torn").toException()));
        }
    }

    private static final class LargeContext extends Text {
        private final int parts;
        private final AtomicInteger produced;

        LargeContext(int parts, AtomicInteger produced) {
            this.parts = parts;
            this.produced = produced;
        }

        @Override
        public long length() {
            return parts * 4096L;
        }

        @Override
        public Publisher<ByteBuffer> bytes(long start, long end) {
            return Flux.range(0, parts).map(i -> {
                produced.incrementAndGet();
                return ByteBuffer.wrap(new byte[4096]);
            });
        }
    }

    private static final class CancelledContext extends Text {
        private final Context context;
        private final CountDownLatch cancelled;

        CancelledContext(Context context, CountDownLatch cancelled) {
            this.context = context;
            this.cancelled = cancelled;
        }

        @Override
        public long length() {
            return context.length();
        }

        @Override
        public Publisher<ByteBuffer> bytes(long start, long end) {
            return Flux.from(context.bytes(start, end)).doOnCancel(cancelled::countDown);
        }
    }

    /** All but the bytes. */
    private abstract static class Text implements Context {
        @Override
        public String etag() {
            return CONTEXT.etag();
        }

        @Override
        public Instant lastModified() {
            return CONTEXT.lastModified();
        }

        @Override
        public String contentType() {
            return CONTEXT.contentType();
        }

        @Override
        public long length() {
            return CONTEXT.length();
        }
    }
}
