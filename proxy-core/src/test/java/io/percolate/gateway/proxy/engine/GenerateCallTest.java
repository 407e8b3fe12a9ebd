package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import io.percolate.gateway.proxy.engine.FrameClient.Answer;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A cold tenant's gRPC call is answered by the generator, as a server stream. */
class GenerateCallTest {
    private static final String CALL = "content-type=application/grpc";
    private static final String PATH = "/chat.Chat/Say";
    private static final String RULES = "POST /chat.Chat/** type=application/grpc,application/grpc+* -> generate;"
            + " POST /else/** -> generate else context; POST /held -> generate; POST /refused -> generate else reject; * /** -> hold";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final byte[] WHAT = message("what?");

    @Test
    void whatIsSaidComesAsMessagesWhileItIsSaidAndThenTheStatus() throws Exception {
        CountDownLatch firstSeen = new CountDownLatch(1);
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    List<String> head = socket.readHead();
                    assertThat(PodSocket.header(head, "Accept")).isEqualTo("*/*");
                    assertThat(text(socket, head))
                            .contains("name=\"message\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nwhat?\r\n")
                            .contains("\r\n\r\nlikes tea\r\n");
                    // A cup of tea, cut in its middle.
                    socket.write(CHUNKED.formatted("text/plain") + chunk("Tea \u00e2\u0098"));
                    assertThat(firstSeen.await(10, TimeUnit.SECONDS)).isTrue();
                    socket.write(chunk("\u0095") + chunk(" now\u00ff") + "0\r\n\r\n");
                });
                TestEdge edge = edge(generator);
                FrameClient client = FrameClient.connect(edge.server.address())) {
            call(client, 1, WHAT, "content-type=application/grpc+proto; x=y");
            assertThat(client.until("answer").detail()).isEqualTo("200");
            client.until("data");
            assertThat(words(client.answer(1))).containsExactly("Tea ");
            firstSeen.countDown();
            Answer answer = client.read(1);
            assertThat(words(answer)).containsExactly("Tea ", "\u2615", " now\ufffd");
            assertThat(answer.head)
                    .containsEntry("content-type", "application/grpc")
                    .containsEntry("x-served-from", "generate");
            assertThat(answer.trailers).containsOnly(Map.entry("grpc-status", "0"));
            assertThat(edge.timeline().answeredBy).isEqualTo(AnsweredBy.GENERATOR);
            assertThat(edge.timeline().complete).isTrue();
            assertThat(edge.wakes.calls()).isEqualTo(1);
        }
    }

    @Test
    void eventsOfAServiceAreMessagesOfTheirData() throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    text(socket, socket.readHead());
                    socket.write(CHUNKED.formatted("Text/Event-Stream; charset=utf-8") + chunk(": hello\n\ndata: Te")
                            + chunk("a\n\ndata: {\"a\":1}\n\n") + "0\r\n\r\n");
                });
                TestEdge edge = edge(generator);
                FrameClient client = FrameClient.connect(edge.server.address())) {
            Answer answer = call(client, 1, WHAT, CALL).read(1);
            assertThat(words(answer)).containsExactly("Tea", "{\"a\":1}");
            assertThat(answer.trailers).containsEntry("grpc-status", "0");
        }
    }

    @Test
    void wordsOfAChatCompletionAreMessages() throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    JsonNode asked = JsonMapper.shared().readTree(text(socket, socket.readHead()));
                    assertThat(asked.at("/messages/1/content").stringValue()).isEqualTo("what?");
                    socket.write(CHUNKED.formatted("text/event-stream") + chunk(delta("Te") + delta("a"))
                            + chunk("data: [DONE]\n\n") + "0\r\n\r\n");
                });
                TestEdge edge = edge(generator, "GATEWAY_GENERATE_API", "chat", "GATEWAY_GENERATE_MODEL", "small");
                FrameClient client = FrameClient.connect(edge.server.address())) {
            Answer answer =
                    call(client, 1, WHAT, CALL, "accept=text/event-stream").read(1);
            assertThat(words(answer)).containsExactly("Te", "a");
            assertThat(answer.trailers).containsEntry("grpc-status", "0");
        }
    }

    @ParameterizedTest
    @CsvSource({"silent, 4", "broken, 14", "late, 4"})
    void anAnswerThatDoesNotComeToItsEndSaysSoInItsTrailers(String how, String status) throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    text(socket, socket.readHead());
                    socket.write(CHUNKED.formatted("text/plain") + chunk("well,"));
                    if (how.equals("broken")) {
                        socket.close();
                    } else {
                        socket.readToEnd();
                    }
                });
                TestEdge edge =
                        edge(generator, "GATEWAY_GENERATE_TOKEN_TIMEOUT", how.equals("silent") ? "100ms" : "60s");
                FrameClient client = FrameClient.connect(edge.server.address())) {
            Answer answer = call(client, 1, WHAT, CALL, "grpc-timeout=" + (how.equals("late") ? "2000m" : "50S"))
                    .read(1);
            assertThat(words(answer)).containsExactly("well,");
            assertThat(answer.trailers).containsEntry("grpc-status", status).containsKey("grpc-message");
            assertThat(edge.timeline().failure)
                    .isEqualTo(
                            switch (how) {
                                case "silent" -> FailureKind.GENERATOR_TIMEOUT;
                                case "late" -> FailureKind.REQUEST_DEADLINE_EXCEEDED;
                                default -> FailureKind.GENERATOR_UNAVAILABLE;
                            });
        }
    }

    /** Nor is it read faster than its client reads. */
    @Test
    void aClientThatTakesNothingPausesTheGeneratorAndOneThatLeavesEndsIt() throws Exception {
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
                FrameClient client = FrameClient.connect(edge.server.address())) {
            call(client.givesWindow(false), 1, WHAT, CALL);
            while (client.answer(1).bodyBytes < 65_535) {
                client.next();
            }
            long[] before = {-1};
            // Until it stands still: all that lies between is full.
            await().pollInterval(Duration.ofMillis(200)).until(() -> {
                long now = written.get();
                boolean still = now == before[0];
                before[0] = now;
                return still;
            });
            assertThat(written.get()).isLessThan(all);
            client.reset(1, Http2Error.CANCEL);
            assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
            await().until(() -> outcome(edge, "cancelled") == 1);
            assertThat(client.ping().until("pong").kind()).isEqualTo("pong");
        }
    }

    @Test
    void aWindowThatIsUsedUpToItsLastByteIsItsClientsFaultAndNotTheGenerators() throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    text(socket, socket.readHead());
                    socket.write(CHUNKED.formatted("text/plain") + chunk("well,"));
                    socket.readToEnd();
                });
                TestEdge edge = edge(
                        generator,
                        "GATEWAY_GENERATE_TOKEN_TIMEOUT",
                        "50ms",
                        "GATEWAY_EDGE_WRITE_IDLE_TIMEOUT",
                        "300ms");
                FrameClient client =
                        FrameClient.connect(edge.server.address(), FrameClient.setting(4, message("well,").length))) {
            Answer answer = call(client.givesWindow(false), 1, WHAT, CALL).read(1);
            assertThat(words(answer)).containsExactly("well,");
            assertThat(answer.reset).isEqualTo("INTERNAL_ERROR");
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.REQUEST_TIMEOUT);
        }
    }

    @Test
    void aClientThatLeavesBeforeTheFirstWordEndsTheCall() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    text(socket, socket.readHead());
                    asked.countDown();
                    socket.readToEnd();
                    ended.countDown();
                });
                TestEdge edge = edge(generator);
                FrameClient client = FrameClient.connect(edge.server.address())) {
            call(client, 1, WHAT, CALL);
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            client.reset(1, Http2Error.CANCEL);
            assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void messagesThatCannotBeReadReachThePodAsTheyAre() throws Exception {
        List<String> bodies = List.of(
                "",
                "0100000004" + "0a026869",
                "0000000005" + "0a026869",
                "0000000004" + "0a026869" + "0000000004" + "0a026869",
                "0000000002" + "0b0c",
                "0000000003" + "0a01ff",
                "0000000002" + "0801",
                "00ffffffff" + "0a026869",
                // Longer than a message may be.
                "0000000096" + "0a9301" + "61".repeat(147));
        try (ScriptedPod generator = new ScriptedPod();
                ScriptedPod pod = pod(bodies.size() + 2);
                TestEdge edge = edge(generator, "GATEWAY_GENERATE_MESSAGE_BYTES_MAX", "120");
                FrameClient client = FrameClient.connect(edge.server.address())) {
            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 1)));
            int stream = 1;
            for (String body : bodies) {
                assertThat(echo(call(client, stream, HexFormat.of().parseHex(body), CALL)
                                .read(stream)))
                        .isEqualTo(body);
                stream += 2;
            }
            // What is no protobuf, and gRPC-Web, which is none of gRPC.
            for (String type : List.of("content-type=application/grpc+json", "content-type=application/grpc-web")) {
                client.post(stream, "/held", type).frame(FrameClient.DATA, FrameClient.END_STREAM, stream, WHAT);
                assertThat(echo(client.read(stream))).isEqualTo(HexFormat.of().formatHex(WHAT));
                stream += 2;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
                // Events without words, and half a character that never becomes one within the time.
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 10\r\n\r\n: nothing\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\u00e2",
            })
    void aGeneratorThatSaysNothingIsReplacedByThePodAndNeverByAContext(String said) throws Exception {
        try (ScriptedPod generator = new ScriptedPod().then(socket -> {
                    text(socket, socket.readHead());
                    socket.write(said);
                    socket.readToEnd();
                });
                ScriptedPod pod = pod(1);
                TestEdge edge = edge(
                        generator,
                        "GATEWAY_GENERATE_FIRST_TOKEN_TIMEOUT",
                        "100ms",
                        "GATEWAY_COLD_CONTEXT_TIMEOUT",
                        "100ms");
                FrameClient client = FrameClient.connect(edge.server.address())) {
            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 1)));
            client.post(1, "/else/1", CALL).frame(FrameClient.DATA, FrameClient.END_STREAM, 1, WHAT);
            assertThat(echo(client.read(1))).isEqualTo(HexFormat.of().formatHex(WHAT));
        }
    }

    @Test
    void theRulesOtherResponderMayAlsoRefuse() throws Exception {
        try (ScriptedPod generator = new ScriptedPod();
                TestEdge edge = edge(generator);
                FrameClient client = FrameClient.connect(edge.server.address())) {
            edge.contexts.outcome(
                    Mono.error(Failure.of(FailureKind.CONTEXT_ABSENT, "none").toException()));
            client.post(1, "/refused", CALL).frame(FrameClient.DATA, FrameClient.END_STREAM, 1, WHAT);
            assertThat(client.read(1).head)
                    .containsEntry("grpc-status", "14")
                    .containsEntry("grpc-retry-pushback-ms", "7000");
        }
    }

    /** There is no gRPC in HTTP/1.1, and so nothing that such a client could be told in trailers. */
    @Test
    void clientsOfHttp1AreHeld() throws Exception {
        try (ScriptedPod generator = new ScriptedPod();
                ScriptedPod pod = pod(1);
                TestEdge edge = edge(generator);
                RawClient client = edge.client()) {
            edge.wakes.outcome(Mono.just(TestEdge.hot(pod.address(), 1)));
            String body = new String(WHAT, StandardCharsets.ISO_8859_1);
            RawClient.Answer answer = client.send(TestEdge.post(PATH, body, "Content-Type: application/grpc"))
                    .read();
            assertThat(answer.body()).isEqualTo(body);
        }
    }

    /** A pod of HTTP/2 that gives so many calls their messages back. */
    private static ScriptedPod pod(int calls) throws IOException {
        return new ScriptedPod().then(socket -> {
            FrameSocket frames = new FrameSocket(socket).handshake();
            for (int i = 0; i < calls; i++) {
                int stream = frames.request().stream();
                String body = frames.body(stream);
                frames.headers(stream, false, ":status: 200", "content-type: application/grpc");
                frames.data(stream, false, body);
                frames.headers(stream, true, "grpc-status: 0");
            }
            frames.readToEnd();
        });
    }

    private static String echo(Answer answer) {
        assertThat(answer.trailers).containsEntry("grpc-status", "0");
        return HexFormat.of().formatHex(answer.body.toByteArray());
    }

    private static FrameClient call(FrameClient client, int stream, byte[] body, String... fields) throws IOException {
        return client.post(stream, PATH, fields).frame(FrameClient.DATA, FrameClient.END_STREAM, stream, body);
    }

    private static byte[] message(String text) {
        return Unpooled.buffer()
                .writeByte(0)
                .writeInt(2 + text.length())
                .writeByte(0x0a)
                .writeByte(text.length())
                .writeBytes(text.getBytes(StandardCharsets.US_ASCII))
                .copy()
                .array();
    }

    /** The texts of all messages that have come whole. */
    private static List<String> words(Answer answer) {
        List<String> words = new ArrayList<>();
        ByteBuf body = Unpooled.wrappedBuffer(answer.body.toByteArray());
        while (body.isReadable()) {
            assertThat(body.readByte()).isZero();
            ByteBuf message = body.readSlice(body.readInt());
            assertThat(message.readByte()).isEqualTo((byte) 0x0a);
            assertThat((int) message.readUnsignedByte()).isEqualTo(message.readableBytes());
            words.add(message.toString(StandardCharsets.UTF_8));
        }
        return words;
    }

    private static TestEdge edge(ScriptedPod generator, String... settings) {
        String[] all = new String[settings.length + 6];
        System.arraycopy(settings, 0, all, 6, settings.length);
        all[0] = "GATEWAY_COLD_RULES";
        all[1] = RULES;
        all[2] = "GATEWAY_GENERATE_URL";
        all[3] = "http://" + generator.address() + "/v1/generate";
        all[4] = "GATEWAY_UPSTREAM_PROTOCOL_TIER_B";
        all[5] = "h2c";
        TestEdge edge = new TestEdge(all);
        edge.routes.put(TestEdge.cold());
        edge.contexts.outcome(Mono.just(new Actors.TextContext("likes tea")));
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

    private static String text(PodSocket socket, List<String> head) throws IOException {
        return new String(
                socket.readBytes(Integer.parseInt(PodSocket.header(head, "Content-Length"))), StandardCharsets.UTF_8);
    }

    private static String delta(String words) {
        return "data: {\"choices\":[{\"delta\":{\"content\":\"" + words + "\"}}]}\n\n";
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }
}
