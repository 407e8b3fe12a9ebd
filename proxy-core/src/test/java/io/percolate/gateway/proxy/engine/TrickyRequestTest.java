package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.engine.MessageTable.Case;
import io.percolate.gateway.proxy.engine.StrictReader.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Malformed and tricky requests, in {@code requests.txt}, sent whole and byte by byte: what two readers could read
 * differently is refused, its connection closed, and no pod sees a whole request of it; all else reaches the pod as the
 * table says, and the connection goes on exactly where the request ended.
 */
class TrickyRequestTest {
    private static final String NEXT = TestEdge.get("/next");
    private static TestEdge edge;
    private static RecordingPod pod;

    @BeforeAll
    static void start() throws Exception {
        pod = new RecordingPod();
        edge = new TestEdge(
                "GATEWAY_EDGE_HEADER_BYTES_MAX", "2KiB",
                "GATEWAY_EDGE_HTTP2_CLEARTEXT", "off",
                "GATEWAY_EDGE_REQUEST_LINE_BYTES_MAX", "512",
                "GATEWAY_EDGE_HEADERS_MAX", "50");
        edge.routes.put(TestEdge.hot(pod.address(), 1));
    }

    @AfterAll
    static void stop() throws Exception {
        edge.close();
        assertThat(pod.take()).isEmpty();
        assertThat(pod.faults()).isEmpty();
        pod.close();
    }

    @AfterEach
    void noRequestIsLeft() {
        assertThat(pod.take()).isEmpty();
    }

    static List<Case> requests() {
        return MessageTable.read("requests.txt");
    }

    static Stream<Case> shortRequests() {
        return requests().stream().filter(request -> request.sent().length() < 700);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void inOnePacket(Case request) throws Exception {
        try (RawClient client = edge.client()) {
            // What a refused message hides behind itself is part of its packet.
            client.send(isOpen(request) ? request.sent() : request.sent() + NEXT);
            check(request, client);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("shortRequests")
    void byteByByte(Case request) throws Exception {
        try (RawClient client = edge.client()) {
            edge.sendByteByByte(client, request.sent());
            check(request, client);
        }
    }

    private static void check(Case request, RawClient client) throws Exception {
        List<String> expected = new ArrayList<>(request.outcome());
        expected.removeIf(word -> word.equals("open") || word.equals("close"));
        List<String> statuses = new ArrayList<>();
        RawClient.Answer last = client.read(request.sent().startsWith("HEAD "));
        statuses.add(Integer.toString(last.status()));
        while (statuses.size() < expected.size()) {
            last = client.read(request.sent().startsWith("HEAD "));
            statuses.add(Integer.toString(last.status()));
        }
        assertThat(statuses).isEqualTo(expected);
        if (isOpen(request)) {
            assertThat(client.send(NEXT).read().status()).isEqualTo(200);
        } else {
            assertThat(last.header("Connection")).isEqualTo("close");
            assertThat(last.status() == 200 || last.header("Content-Type").equals("application/problem+json"))
                    .isTrue();
            assertThat(client.isEnded()).isTrue();
        }
        List<String> seen =
                new ArrayList<>(pod.take().stream().map(Request::text).toList());
        List<String> whole = new ArrayList<>(request.seen());
        if (isOpen(request)) {
            whole.add(NEXT);
        }
        assertThat(seen).isEqualTo(whole);
        assertThat(pod.faults()).isEmpty();
    }

    private static boolean isOpen(Case request) {
        List<String> outcome = request.outcome();
        return outcome.contains("open")
                || (!outcome.contains("close") && outcome.getLast().startsWith("2"));
    }

    @Test
    void theTableIsAsLongAsItShouldBe() {
        assertThat(requests()).hasSizeGreaterThanOrEqualTo(150).doesNotHaveDuplicates();
        assertThat(requests().stream().map(Case::sent)).doesNotHaveDuplicates();
    }
}
