package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Malformed and tricky answers of pods in HTTP/2, in {@code answers-http2.txt}: what is not valid never looks like a whole
 * answer, and the streams beside it go on unless the connection itself is broken.
 */
class TrickyHttp2AnswerTest {
    private static final String HEADER_BYTES_MAX = "2KiB";
    private static final Pattern REPEATED = Pattern.compile("\\{(\\d+)\\*([^}]+)}");

    /** One block of the file. */
    record Case(String title, String method, List<String> frames, String outcome, boolean stays, String seen) {
        @Override
        public String toString() {
            return title;
        }
    }

    static List<Case> answers() {
        String resource = "answers-http2.txt";
        try (InputStream in =
                Objects.requireNonNull(TrickyHttp2AnswerTest.class.getResourceAsStream(resource), resource)) {
            List<Case> cases = new ArrayList<>();
            for (String block : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n(?=\\[)")) {
                if (block.startsWith("[")) {
                    cases.add(block(block));
                }
            }
            return cases;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Case block(String block) {
        String method = "GET";
        List<String> frames = new ArrayList<>();
        String[] outcome = {};
        String seen = "";
        List<String> lines = block.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        for (String line : lines.subList(1, lines.size())) {
            String text = line.length() > 2 ? line.substring(2).strip() : "";
            switch (line.charAt(0)) {
                case '@' -> method = text;
                case 'H', 'D', 'F' -> frames.add(line);
                case '<' -> outcome = text.split(" ");
                case '=' -> seen = text;
                default -> throw new IllegalArgumentException("a line begins with @ H D F < or =, got " + line);
            }
        }
        if (outcome.length != 2) {
            throw new IllegalArgumentException("expected an outcome of two words: " + lines.getFirst());
        }
        return new Case(lines.getFirst(), method, frames, outcome[0], outcome[1].equals("stays"), seen);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("answers")
    void answer(Case answer) throws Exception {
        try (ScriptedPod pod = new ScriptedPod();
                TestEdge edge = new TestEdge(
                                "GATEWAY_UPSTREAM_PROTOCOL_TIER_B",
                                "h2c",
                                "GATEWAY_UPSTREAM_HEADER_BYTES_MAX",
                                HEADER_BYTES_MAX)
                        .hotIn(pod)) {
            pod.then(socket -> {
                FrameSocket frames = new FrameSocket(socket).handshake();
                FrameSocket.Frame head = frames.request();
                for (String frame : answer.frames) {
                    send(frames, head.stream(), frame);
                }
                if (answer.stays) {
                    frames.respond(frames.request().stream(), "next");
                }
                frames.readToEnd();
            });
            if (!answer.stays) {
                pod.then(socket -> {
                    FrameSocket frames = new FrameSocket(socket).handshake();
                    frames.respond(frames.request().stream(), "next");
                    frames.readToEnd();
                });
            }
            try (RawClient client = edge.client()) {
                check(client.send(TestEdge.request(answer.method, "/case") + "\r\n"), answer);
            }
            try (RawClient next = edge.client()) {
                assertThat(next.send(TestEdge.get("/next")).read().body()).isEqualTo("next");
            }
        }
    }

    private static void check(RawClient client, Case answer) throws IOException {
        boolean toHead = answer.method.equals("HEAD");
        RawClient.Answer got = client.read(toHead);
        while (got.status() < 200) {
            got = client.read(toHead);
        }
        if (answer.outcome.equals("broken")) {
            assertThat(got.status()).isIn(200, 204);
            assertThat(!got.whole() || client.isEnded()).isTrue();
            return;
        }
        assertThat(got.status()).isEqualTo(Integer.parseInt(answer.outcome));
        assertThat(got.whole()).isTrue();
        if (!answer.outcome.equals("502")) {
            assertThat(String.join("|", concat(got.body(), got.trailers()))).isEqualTo(answer.seen);
        }
    }

    private static List<String> concat(String body, List<String> trailers) {
        List<String> all = new ArrayList<>(List.of(body));
        all.addAll(trailers);
        return all;
    }

    private static void send(FrameSocket to, int stream, String frame) throws IOException {
        boolean last = frame.charAt(1) == '!';
        String text = unescape(frame.substring(3));
        switch (frame.charAt(0)) {
            case 'H' -> to.headers(stream, last, text.split(" \\| "));
            case 'D' -> to.data(stream, last, text);
            default -> {
                String[] parts = text.split(" ", 4);
                to.send(
                        Integer.parseInt(parts[0]),
                        Integer.parseInt(parts[1]),
                        parts[2].equals("s") ? stream : 0,
                        HexFormat.of().parseHex(parts.length > 3 ? parts[3].strip() : ""));
            }
        }
    }

    private static String unescape(String text) {
        return REPEATED.matcher(text)
                .replaceAll(repeated ->
                        Matcher.quoteReplacement(repeated.group(2).repeat(Integer.parseInt(repeated.group(1)))))
                .replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\0", "\0");
    }

    @Test
    void theTableIsAsLongAsItShouldBe() {
        assertThat(answers()).hasSizeGreaterThanOrEqualTo(50).doesNotHaveDuplicates();
    }
}
