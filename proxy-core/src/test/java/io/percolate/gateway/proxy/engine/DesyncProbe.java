package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.StrictReader.Request;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends any bytes to an edge and finds out whether it read them as {@link StrictReader} does: each
 * request that is answered is the strict reader's, what a pod sees of it is the same, and nothing else is seen.
 */
final class DesyncProbe implements AutoCloseable {
    /** Ends every head and line that is open, and is no request; so that the edge always comes to an end by itself. */
    private static final String END = "\r\n\r\n\u0000\r\n\r\n";

    private final RecordingPod pod = new RecordingPod();
    // A body that is announced and does not come is waited for; with the least that the configuration allows.
    private final TestEdge edge = new TestEdge(
            "GATEWAY_EDGE_BODY_IDLE_TIMEOUT", "50ms",
            "GATEWAY_EDGE_HTTP2_CLEARTEXT", "off",
            "GATEWAY_EDGE_HEADER_BYTES_MAX", "4KiB",
            "GATEWAY_EDGE_REQUEST_LINE_BYTES_MAX", "1KiB");

    DesyncProbe() throws IOException {
        edge.routes.put(TestEdge.hot(pod.address(), 1));
    }

    /** Fails when the two read differently. */
    void check(String bytes) throws IOException {
        List<Integer> statuses = statuses(bytes);
        List<Request> forwarded = pod.take();
        List<Request> strict = StrictReader.readAll(bytes + END);

        assertThat(pod.faults()).isEmpty();
        // One answer for each request, in order; at most the last is for what the strict reader takes for none.
        assertThat(statuses.size()).isLessThanOrEqualTo(strict.size() + 1);
        int passed = 0;
        for (int i = 0; i < statuses.size(); i++) {
            if (statuses.get(i) == 200) {
                assertThat(forwarded.size()).isGreaterThan(passed);
                assertThat(strict.size()).isGreaterThan(i);
                checkSame(forwarded.get(passed++), strict.get(i));
            }
        }
        assertThat(forwarded).hasSize(passed);
    }

    /** Whether the edge still serves. */
    void checkAlive() throws IOException {
        try (RawClient client = edge.client()) {
            assertThat(client.send(TestEdge.get("/alive")).read().status()).isEqualTo(200);
        }
        pod.take();
        await().until(() -> edge.server.activeRequests() == 0);
    }

    private List<Integer> statuses(String bytes) throws IOException {
        List<Integer> statuses = new ArrayList<>();
        try (RawClient client = edge.client()) {
            try {
                client.send(bytes + END);
            } catch (SocketException refused) {
                // It may have seen enough before it had all.
            }
            List<Request> strict = StrictReader.readAll(bytes + END);
            while (statuses.size() < strict.size()) {
                boolean toHead = strict.get(statuses.size()).method().equals("HEAD");
                RawClient.Answer answer = client.readUnlessEnded(toHead);
                if (answer == null) {
                    return statuses;
                }
                assertThat(answer.whole()).isTrue();
                statuses.add(answer.status());
            }
            // To what is no request: whether that has a body depends on how much of it could be read.
            RawClient.Answer refusal = client.readUnlessEnded(true);
            if (refusal != null) {
                statuses.add(refusal.status());
                assertThat(client.rest()).doesNotContainPattern("HTTP/1\\.1 \\d{3} ");
            }
            return statuses;
        }
    }

    private static void checkSame(Request forwarded, Request strict) {
        assertThat(forwarded.method()).isEqualTo(strict.method());
        assertThat(forwarded.version()).isEqualTo("HTTP/1.1");
        assertThat(forwarded.body()).isEqualTo(strict.body());
        if (strict.target().startsWith("/") || strict.target().equals("*")) {
            assertThat(forwarded.target()).isEqualTo(strict.target());
        } else {
            assertThat(strict.target()).endsWith(forwarded.target().substring(1));
        }
        for (String field : forwarded.fields()) {
            String name = field.substring(0, field.indexOf(':'));
            switch (name) {
                case "Host" -> assertThat(forwarded.all("host")).hasSize(1);
                case "Content-Length" ->
                    assertThat(Long.parseLong(forwarded.all(name).getFirst()))
                            .isEqualTo(strict.body().length());
                case "TE", "Connection" ->
                    assertThat(strict.all("te").toString()).containsIgnoringCase("trailers");
                case "Expect" -> assertThat(strict.all(name).toString()).containsIgnoringCase("100-continue");
                case "Transfer-Encoding" -> assertThat(strict.isChunked()).isTrue();
                default -> assertThat(strict.fields()).contains(field);
            }
        }
        assertThat(strict.trailers()).containsAll(forwarded.trailers());
    }

    @Override
    public void close() throws IOException {
        edge.close();
        pod.close();
    }
}
