package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.engine.MessageTable.Case;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Malformed and tricky answers of pods, in {@code answers.txt}, sent whole and byte by byte: what is not valid never
 * looks like a whole answer, and no byte of one answer is ever taken for part of the next.
 */
class TrickyAnswerTest {
    private static final List<String> OWN = List.of("x-request-id:", "via: 1.1 percolate");
    private static final String HEADER_BYTES_MAX = "2KiB";
    private static TestEdge edge;
    private static AnsweringPod pod;

    @BeforeAll
    static void start() throws Exception {
        pod = new AnsweringPod();
        edge = new TestEdge("GATEWAY_UPSTREAM_HEADER_BYTES_MAX", HEADER_BYTES_MAX);
        edge.routes.put(TestEdge.hot(pod.address(), 1));
    }

    @AfterAll
    static void stop() throws Exception {
        edge.close();
        pod.close();
    }

    static List<Case> answers() {
        return MessageTable.read("answers.txt");
    }

    static Stream<Case> shortAnswers() {
        return answers().stream().filter(answer -> answer.sent().length() < 700);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("answers")
    void inOnePacket(Case answer) throws Exception {
        check(answer, false);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("shortAnswers")
    void byteByByte(Case answer) throws Exception {
        check(answer, true);
    }

    private static void check(Case answer, boolean byteByByte) throws Exception {
        String outcome = answer.outcome().getFirst();
        String method = answer.setting().isEmpty() ? "GET" : answer.setting();
        try (RawClient client = edge.client()) {
            AnsweringPod.Script script = pod.script(answer.sent(), byteByByte);
            client.send(TestEdge.request(method, "/case") + "\r\n");
            boolean clientGoesOn = switch (outcome) {
                case "passes", "last" -> {
                    List<String> seen = new ArrayList<>();
                    while (seen.size() < answer.seen().size()) {
                        seen.add(text(client.read(method.equals("HEAD"))));
                    }
                    assertThat(seen).isEqualTo(answer.seen());
                    yield true;
                }
                case "502" -> {
                    RawClient.Answer refusal = client.read(method.equals("HEAD"));
                    while (refusal.status() < 200) {
                        refusal = client.read(method.equals("HEAD"));
                    }
                    assertThat(refusal.status()).isEqualTo(502);
                    assertThat(refusal.whole()).isTrue();
                    yield true;
                }
                case "broken" -> {
                    RawClient.Answer beginning = client.read();
                    assertThat(beginning.status()).isEqualTo(200);
                    assertThat(beginning.whole()).isFalse();
                    assertThat(client.isEnded()).isTrue();
                    yield false;
                }
                default -> throw new IllegalArgumentException("no outcome is " + outcome);
            };
            if (!outcome.equals("passes")) {
                assertThat(script.awaitConnectionEnd()).isTrue();
            }
            if (clientGoesOn) {
                assertThat(client.send(TestEdge.get("/next")).read().body()).isEqualTo("next");
            } else {
                try (RawClient other = edge.client()) {
                    assertThat(other.send(TestEdge.get("/next")).read().body()).isEqualTo("next");
                }
            }
            assertThat(script.isConnectionEnded()).isEqualTo(!outcome.equals("passes"));
        }
    }

    /** The answer as bytes once more, without the gateway's own fields, a chunked body in one chunk. */
    private static String text(RawClient.Answer answer) throws IOException {
        assertThat(answer.whole()).isTrue();
        StringBuilder text = new StringBuilder();
        for (String line : answer.head()) {
            if (OWN.stream().noneMatch(line.toLowerCase(Locale.ROOT)::startsWith)) {
                text.append(line).append("\r\n");
            }
        }
        text.append("\r\n");
        if (answer.header("Transfer-Encoding").isEmpty()) {
            return text.append(answer.body()).toString();
        }
        if (!answer.body().isEmpty()) {
            text.append(Integer.toHexString(answer.body().length())).append("\r\n");
            text.append(answer.body()).append("\r\n");
        }
        text.append("0\r\n");
        answer.trailers().forEach(line -> text.append(line).append("\r\n"));
        return text.append("\r\n").toString();
    }

    @Test
    void theTableIsAsLongAsItShouldBe() {
        assertThat(answers()).hasSizeGreaterThanOrEqualTo(50).doesNotHaveDuplicates();
    }
}
