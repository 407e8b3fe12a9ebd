package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.post;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A cold tenant's message is answered by the generator, from the tenant's context. */
class GenerateTest {
    private static final Context CONTEXT = new Actors.TextContext("likes tea");
    private static final String RULES =
            "POST /chat -> generate; POST /ask -> generate else context; GET /** -> context";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n";

    @Test
    void messageAndContextAreSentAsAFormAndWhatIsSaidIsPassedOnAsItComes() throws Exception {
        CountDownLatch firstSeen = new CountDownLatch(1);
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    assertThat(head.getFirst()).isEqualTo("POST /v1/generate HTTP/1.1");
                    assertThat(PodSocket.header(head, "X-Tenant-Id")).isEqualTo(TestEdge.TENANT.toString());
                    assertThat(PodSocket.header(head, "Authorization")).isEqualTo("Bearer hunter2");
                    String type = PodSocket.header(head, "Content-Type");
                    String boundary = type.substring(type.indexOf('=') + 1);
                    String body = text(socket, head);
                    assertThat(body.split("--" + boundary, -1)).hasSize(4);
                    assertThat(body)
                            .contains("name=\"message\"\r\nContent-Type: text/plain\r\n\r\nwhat do I like?\r\n")
                            .contains("\r\nContent-Type: text/plain\r\n\r\nlikes tea\r\n");
                    socket.write(CHUNKED.formatted("text/event-stream") + chunk("data: a\n\n"));
                    assertThat(firstSeen.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.write(chunk("data: b\n\n") + "0\r\n\r\n");
                });
                TestEdge edge = edge(generator, "GATEWAY_GENERATE_API_KEY", "hunter2");
                RawClient client = edge.client()) {
            client.send(post("/chat", "what do I like?", "Content-Type: text/plain"));
            String head = readHead(client);
            assertThat(head)
                    .startsWith("HTTP/1.1 200 OK")
                    .contains("X-Served-From: generate", "Content-Type: text/event-stream", "Cache-Control: no-store")
                    .contains("Transfer-Encoding: chunked")
                    .doesNotContain("Content-Length");
            assertThat(client.readLine()).isEqualTo("9");
            assertThat(client.readLine()).isEqualTo("data: a");
            firstSeen.countDown();
            assertThat(List.of(client.readLine(), client.readLine(), client.readLine(), client.readLine()))
                    .containsExactly("", "", "9", "data: b");
            await().until(() -> edge.timelines.size() == 1);
            assertThat(edge.timeline().answeredBy).isEqualTo(AnsweredBy.GENERATOR);
            assertThat(edge.timeline().complete).isTrue();
            assertThat(edge.wakes.calls()).isEqualTo(1);
            assertThat(outcome(edge, "said")).isEqualTo(1);
        }
    }

    @Test
    void aBodyThatComesInPartsIsWaitedFor() throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    assertThat(text(socket, head)).contains("hello world");
                    socket.respond("hi");
                });
                TestEdge edge = edge(generator);
                RawClient client = edge.client()) {
            edge.sendAlone(client, request("POST", "/chat") + "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n");
            edge.sendAlone(client, "5\r\nworld\r\n");
            edge.sendAlone(client, "0\r\n\r\n");
            Answer answer = client.read();
            assertThat(answer.body()).isEqualTo("hi");
            assertThat(answer.header("X-Served-From")).isEqualTo("generate");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "*/*"})
    void aChatCompletionIsAskedForAndItsWordsAreSaidAsTheClientWantsThem(String accept) throws Exception {
        boolean events = accept.equals("text/event-stream");
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    JsonNode body = JsonMapper.shared()
                            .readTree(socket.readBytes(Integer.parseInt(PodSocket.header(head, "Content-Length"))));
                    assertThat(body.path("model").stringValue()).isEqualTo("small");
                    assertThat(body.path("stream").booleanValue()).isTrue();
                    assertThat(body.path("max_tokens").intValue()).isEqualTo(7);
                    assertThat(body.at("/messages/0/content").stringValue()).isEqualTo("Known: likes tea!");
                    assertThat(body.at("/messages/1/content").stringValue()).isEqualTo("what?");
                    socket.write(CHUNKED.formatted("text/event-stream")
                            + chunk("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n: comment\n\n")
                            + chunk("data: {\"choices\":[{\"delta\":{\"content\":\"Te")
                            + chunk(
                                    "a\"}}]}\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\" \\\"now\\\"\"}}]}\n\n")
                            + chunk(
                                    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
                            + "0\r\n\r\n");
                });
                TestEdge edge = edge(
                        generator,
                        "GATEWAY_GENERATE_API",
                        "chat",
                        "GATEWAY_GENERATE_MODEL",
                        "small",
                        "GATEWAY_GENERATE_TOKENS_MAX",
                        "7",
                        "GATEWAY_GENERATE_PROMPT",
                        "Known: {context}!");
                RawClient client = edge.client()) {
            Answer answer =
                    client.send(post("/chat", "what?", "Accept: " + accept)).read();
            assertThat(answer.header("Content-Type"))
                    .isEqualTo(events ? "text/event-stream" : "text/plain; charset=utf-8");
            assertThat(answer.body())
                    .isEqualTo(
                            events
                                    ? "data: {\"text\":\"Tea\"}\n\ndata: {\"text\":\" \\\"now\\\"\"}\n\ndata: [DONE]\n\n"
                                    : "Tea \"now\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "",
            })
    void aGeneratorThatSaysNothingIsReplacedByTheContextWhereTheRuleSaysSo(String said) throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    socket.readBytes(Integer.parseInt(PodSocket.header(head, "Content-Length")));
                    socket.write(said);
                    socket.close();
                });
                TestEdge edge = edge(generator);
                RawClient client = edge.client()) {
            Answer answer = client.send(post("/ask", "what?")).read();
            assertThat(answer.body()).isEqualTo("likes tea");
            assertThat(answer.header("X-Served-From")).isEqualTo("context");
            assertThat(outcome(edge, "failed")).isEqualTo(1);
        }
    }

    @Test
    void aGeneratorThatIsTooSlowIsReplacedByThePodWhichGetsTheWholeMessage() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.readToEnd();
                    cancelled.countDown();
                });
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(socket.readBytes(5)).asString().isEqualTo("what?");
                    socket.respond("from the pod");
                });
                TestEdge edge = edge(
                        generator,
                        "GATEWAY_GENERATE_FIRST_TOKEN_TIMEOUT",
                        "100ms",
                        "GATEWAY_COLD_CONTEXT_TIMEOUT",
                        "100ms");
                RawClient client = edge.client()) {
            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 1)));
            assertThat(client.send(post("/chat", "what?")).read().body()).isEqualTo("from the pod");
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            await().until(() -> outcome(edge, "cancelled") == 1);
        }
    }

    @Test
    void aGeneratorThatFallsSilentBreaksTheAnswerOff() throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(CHUNKED.formatted("text/plain") + chunk("well,"));
                    socket.readToEnd();
                });
                TestEdge edge = edge(generator, "GATEWAY_GENERATE_TOKEN_TIMEOUT", "100ms");
                RawClient client = edge.client()) {
            Answer answer = client.send(post("/chat", "what?")).read();
            assertThat(answer.body()).isEqualTo("well,");
            assertThat(answer.whole()).isFalse();
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.GENERATOR_TIMEOUT);
        }
    }

    @Test
    void aGeneratorWhoseConnectionBreaksBreaksTheAnswerOff() throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(CHUNKED.formatted("text/plain") + chunk("well,"));
                    socket.close();
                });
                TestEdge edge = edge(generator);
                RawClient client = edge.client()) {
            Answer answer = client.send(post("/chat", "what?")).read();
            assertThat(answer.whole()).isFalse();
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.GENERATOR_UNAVAILABLE);
            await().until(() -> outcome(edge, "broken_off") == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClientThatLeavesEndsTheCallAtOnce(boolean begun) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    socket.readBytes(Integer.parseInt(PodSocket.header(head, "Content-Length")));
                    if (begun) {
                        socket.write(CHUNKED.formatted("text/plain") + chunk("well,"));
                    }
                    asked.countDown();
                    socket.readToEnd();
                    ended.countDown();
                });
                TestEdge edge = edge(generator);
                RawClient client = edge.client()) {
            client.send(post("/chat", "what?"));
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            if (begun) {
                readHead(client);
            }
            client.reset();
            assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
            await().until(() -> outcome(edge, "cancelled") == 1);
        }
    }

    @Test
    void aGeneratorIsReadOnlyAsFastAsTheClientReads() throws Exception {
        AtomicLong written = new AtomicLong();
        CountDownLatch ended = new CountDownLatch(1);
        String part = chunk("x".repeat(16 << 10));
        long all = 4_000;
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    try {
                        socket.write(CHUNKED.formatted("text/plain"));
                        for (int i = 0; i < all; i++) {
                            socket.write(part);
                            written.incrementAndGet();
                        }
                    } catch (IOException gone) {
                        ended.countDown();
                    }
                });
                TestEdge edge = edge(generator);
                RawClient client = new RawClient(edge.server.address(), 8 << 10)) {
            client.send(post("/chat", "what?"));
            readHead(client);
            long[] before = {-1};
            // Until it stands still: all that lies between is full.
            await().pollInterval(Duration.ofMillis(200)).until(() -> {
                long now = written.get();
                boolean still = now == before[0];
                before[0] = now;
                return still;
            });
            assertThat(written.get()).isLessThan(all);
            client.reset();
            assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"length", "chunked", "expect"})
    void aMessageThatIsTooLongOrNotSentYetWaitsForThePod(String how) throws Exception {
        String body = "m".repeat(300);
        try (ScriptedPod generator = new ScriptedPod();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    switch (how) {
                        case "chunked" -> assertThat(socket.readChunked()).isEqualTo(body);
                        case "length" ->
                            assertThat(socket.readBytes(300)).asString().isEqualTo(body);
                        default -> {
                            assertThat(PodSocket.header(head, "Expect")).isEqualTo("100-continue");
                            socket.write("HTTP/1.1 100 Continue\r\n\r\n");
                            assertThat(socket.readBytes(2)).asString().isEqualTo("hi");
                        }
                    }
                    socket.respond("stored");
                });
                TestEdge edge = edge(generator, "GATEWAY_GENERATE_MESSAGE_BYTES_MAX", "200");
                RawClient client = edge.client()) {
            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 1)));
            switch (how) {
                case "length" -> client.send(post("/chat", body));
                case "chunked" ->
                    client.send(request("POST", "/chat") + "Transfer-Encoding: chunked\r\n\r\n12c\r\n" + body
                            + "\r\n0\r\n\r\n");
                default -> {
                    client.send(request("POST", "/chat", "Expect: 100-continue") + "Content-Length: 2\r\n\r\n");
                    assertThat(client.readLine()).isEqualTo("HTTP/1.1 100 Continue");
                    while (!client.readLine().isEmpty()) {}
                    client.send("hi");
                }
            }
            assertThat(client.read().body()).isEqualTo("stored");
        }
    }

    @Test
    void aTenantWhoseContextOnlyItsDeviceOpensIsNeverSentToTheGenerator() throws Exception {
        try (ScriptedPod generator = new ScriptedPod();
                TestEdge edge = edge(generator);
                RawClient client = edge.client()) {
            edge.routes.put(new TenantRoute(
                    TestEdge.TENANT,
                    Tier.B,
                    TenantStatus.ACTIVE,
                    SecurityMode.MOBILE_ONLY,
                    Residency.COLD,
                    null,
                    0,
                    "default",
                    null,
                    null,
                    0));
            Answer answer = client.send(post("/ask", "what?")).read();
            assertThat(answer.header("X-Served-From")).isEqualTo("context");
        }
    }

    @Test
    void withoutAContextThereIsNothingToGenerateFrom() throws Exception {
        try (ScriptedPod generator = new ScriptedPod();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.respond("from the pod");
                });
                TestEdge edge = edge(generator);
                RawClient client = edge.client()) {
            edge.contexts.outcome(
                    Mono.error(Failure.of(FailureKind.CONTEXT_ABSENT, "none").toException()));
            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 1)));
            assertThat(client.send(post("/ask", "what?")).read().body()).isEqualTo("from the pod");
        }
    }

    @Test
    void aClientOfHttp10GetsTheAnswerUntilTheConnectionEnds() throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.respond("hi");
                });
                TestEdge edge = edge(generator);
                RawClient client = edge.client()) {
            client.send(post("/chat", "what?").replace("HTTP/1.1", "HTTP/1.0"));
            assertThat(readHead(client)).contains("Connection: close").doesNotContain("Transfer-Encoding");
            assertThat(client.readLine()).isEqualTo("hi");
            assertThat(client.isEnded()).isTrue();
        }
    }

    private static TestEdge edge(ScriptedPod generator, String... settings) {
        String[] all = new String[settings.length + 4];
        System.arraycopy(settings, 0, all, 4, settings.length);
        all[0] = "GATEWAY_COLD_RULES";
        all[1] = RULES;
        all[2] = "GATEWAY_GENERATE_URL";
        all[3] = "http://" + generator.address() + "/v1/generate";
        TestEdge edge = new TestEdge(all);
        edge.routes.put(TestEdge.cold());
        edge.contexts.outcome(Mono.just(CONTEXT));
        edge.wakes.outcome(Mono.never());
        return edge;
    }

    private static double outcome(TestEdge edge, String outcome) {
        return edge.registry
                .get("generate.calls")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private static String readHead(RawClient client) throws IOException {
        StringBuilder head = new StringBuilder();
        for (String line = client.readLine(); !line.isEmpty(); line = client.readLine()) {
            head.append(line).append('\n');
        }
        return head.toString();
    }

    private static String text(PodSocket socket, List<String> head) throws IOException {
        return new String(
                socket.readBytes(Integer.parseInt(PodSocket.header(head, "Content-Length"))), StandardCharsets.UTF_8);
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }
}
