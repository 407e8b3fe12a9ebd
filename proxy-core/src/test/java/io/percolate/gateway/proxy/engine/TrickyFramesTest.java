package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.engine.FrameClient.Event;
import io.percolate.gateway.proxy.engine.FrameTable.Case;
import io.percolate.gateway.proxy.engine.FrameTable.Step;
import io.percolate.gateway.proxy.engine.StrictReader.Request;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Malformed and tricky frames, in {@code frames.txt}: what no valid request may be made of is answered by the error that
 * RFC 9113 has for it, and no pod sees a whole request of it; all else reaches the pod as the table says, and other
 * requests of the connection go on unless it has to end.
 */
class TrickyFramesTest {
    /** What says nothing about a case. */
    private static final Set<String> USUAL =
            Set.of("settings", "settings-ack", "window", "data", "end", "ping", "trailers", "fields");

    private static final int NEXT = 4_001;
    private static TestEdge edge;
    private static RecordingPod pod;

    @BeforeAll
    static void start() throws Exception {
        pod = new RecordingPod("2.0");
        edge = new TestEdge(
                "GATEWAY_EDGE_HEADER_BYTES_MAX", "4KiB",
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

    static List<Case> frames() {
        return FrameTable.read("frames.txt");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("frames")
    void asTheTableSays(Case sequence) throws Exception {
        try (FrameClient client = sequence.preface()
                ? FrameClient.connect(edge.server.address())
                : FrameClient.silent(edge.server.address())) {
            List<String> events = new ArrayList<>();
            ByteArrayOutputStream packet = new ByteArrayOutputStream();
            for (Step step : sequence.steps()) {
                packet.writeBytes(step.bytes());
                if (step.awaited() != 0) {
                    client.send(packet.toByteArray());
                    packet.reset();
                    read(
                            client,
                            events,
                            event -> event.stream() == step.awaited()
                                    && !event.kind().equals("interim")
                                    && isOver(client, step.awaited()));
                }
            }
            client.send(packet.toByteArray());
            List<String> expected = sequence.outcome();
            boolean ends = expected.getLast().startsWith("goaway")
                    || expected.getLast().equals("closed");
            if (ends) {
                read(client, events, event -> event.kind().equals("closed"));
                events.remove("closed");
                if (events.isEmpty()) {
                    events.add("closed");
                }
            } else {
                if (!events.containsAll(expected)) {
                    read(client, events, event -> events.containsAll(expected));
                }
                client.ping();
                read(client, events, event -> event.kind().equals("pong"));
                client.get(NEXT, "/next");
                assertThat(client.read(NEXT).status).isEqualTo(200);
            }
            events.removeIf(event -> event.equals("pong") && !expected.contains("pong"));
            assertThat(events).containsExactlyInAnyOrderElementsOf(expected);
            List<String> seen = new ArrayList<>(
                    pod.take().stream().map(TrickyFramesTest::text).toList());
            List<String> whole = new ArrayList<>(sequence.seen());
            if (!ends) {
                whole.add("GET /next");
            }
            assertThat(seen).isEqualTo(whole);
            assertThat(pod.faults()).isEmpty();
        }
    }

    private interface Condition {
        boolean holds(Event event);
    }

    private static boolean isOver(FrameClient client, int stream) {
        return client.answer(stream).ended || client.answer(stream).reset != null;
    }

    private static void read(FrameClient client, List<String> events, Condition last) throws Exception {
        Event event;
        do {
            event = client.next();
            if (!USUAL.contains(event.kind())) {
                events.add(event.toString());
            }
        } while (!last.holds(event) && !event.kind().equals("closed"));
    }

    /** A request as the table writes it, without what all have. */
    private static String text(Request request) {
        StringBuilder text = new StringBuilder(request.method() + " " + request.target());
        for (String field : request.fields()) {
            String name = field.substring(0, field.indexOf(':')).toLowerCase(Locale.ROOT);
            if (!field.equals("Host: tenant.example") && !name.equals("authorization")) {
                text.append(" | ").append(field);
            }
        }
        if (!request.body().isEmpty()) {
            text.append(" || ").append(request.body());
        }
        request.trailers().forEach(trailer -> text.append(" ||| ").append(trailer));
        return text.toString();
    }

    @Test
    void theTableIsAsLongAsItShouldBe() {
        assertThat(frames()).hasSizeGreaterThanOrEqualTo(100).doesNotHaveDuplicates();
        assertThat(frames().stream().map(Case::title)).doesNotHaveDuplicates();
    }

    @Test
    void theTableHasEveryCaseOfH2spec() {
        Stream<String> named = frames().stream()
                .flatMap(sequence -> Stream.of(sequence.section().split(",? ")))
                .filter(word -> word.contains("/"));
        assertThat(named).containsAll(H2specCases.ALL);
    }
}
