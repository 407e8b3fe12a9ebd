package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.engine.StrictReader.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Valid requests in every shape, one after the other on one connection: the pod sees the same ones, however they were
 * cut into packets. {@code -Dpercolate.fuzz.seed} begins elsewhere.
 */
class RequestStreamTest {
    private static final long SEED = Long.getLong("percolate.fuzz.seed", 1);
    private static final int STREAMS = 250;

    private static final List<String> PASSING = List.of(
            "Accept: */*",
            "accept:a",
            "Cookie: a=b; c=d",
            "X-A:  \t",
            "X-B: caf\u00e9 \t x",
            "my_field: 1",
            "Range: bytes=0-1");
    private static final List<String> STAYING = List.of(
            "X-Tenant-Id: evil",
            "x_tenant_id: evil",
            "X-Forwarded-For: evil",
            "Forwarded: for=evil",
            "Keep-Alive: 5",
            "Proxy-Authorization: evil",
            "Upgrade: h2c",
            "TE: gzip",
            "content_length: 9",
            "X-Request-Id: <evil>");
    private static final Set<String> STAYING_NAMES = Set.of(
            "x-tenant-id",
            "x_tenant_id",
            "x-forwarded-for",
            "forwarded",
            "keep-alive",
            "proxy-authorization",
            "upgrade",
            "te",
            "content_length",
            "x-request-id",
            "connection",
            "x-hop");
    private static final List<String> TARGETS = List.of(
            "/", "/a/b;c=d?e=%2f../", "/%41//b", "*", "http://tenant.example/a?b", "HTTP://tenant.example", "/...");
    private static final String BODY_CHARACTERS = "ab0\r\n GET / HTTP/1.1:\u00ff\u0000";

    private static TestEdge edge;
    private static RecordingPod pod;

    @BeforeAll
    static void start() throws Exception {
        pod = new RecordingPod();
        edge = new TestEdge();
        edge.routes.put(TestEdge.hot(pod.address(), 1));
    }

    @AfterAll
    static void stop() throws Exception {
        edge.close();
        assertThat(pod.faults()).isEmpty();
        pod.close();
    }

    @Test
    void thePodSeesTheSameRequestsHoweverTheyAreCut() throws Exception {
        for (int i = 0; i < STREAMS; i++) {
            SplittableRandom random = new SplittableRandom(SEED + i);
            int requests = 1 + random.nextInt(4);
            StringBuilder stream = new StringBuilder();
            for (int request = 0; request < requests; request++) {
                stream.append("\r\n".repeat(random.nextInt(2))).append(request(random));
            }
            int[] cuts = IntStream.range(0, random.nextInt(8))
                    .map(cut -> random.nextInt(stream.length()))
                    .sorted()
                    .toArray();
            check("seed " + (SEED + i), stream.toString(), cuts, requests);
        }
    }

    @Test
    void aCutAtAnyByteMakesNoDifference() throws Exception {
        String stream = TestEdge.request("POST", "/a", "Connection: X-Hop", "X-Hop: evil", "Transfer-Encoding: chunked")
                + "\r\n4;a=\"b\"\r\nab\r\n\r\n003\r\n\r\n0\r\n0;c\r\nX-Sum: 1\r\n\r\n"
                + TestEdge.request("PUT", "/b", "X-A: 1") + "Content-Length: 4\r\n\r\n\r\n\r\n" + "\r\n"
                + TestEdge.get("/c");
        for (int cut = 1; cut < stream.length(); cut++) {
            check("cut at " + cut, stream, new int[] {cut}, 3);
        }
    }

    private static void check(String name, String stream, int[] cuts, int requests) throws Exception {
        List<Request> strict = StrictReader.readAll(stream);
        assertThat(strict).as(name).hasSize(requests);
        try (RawClient client = edge.client()) {
            int start = 0;
            for (int cut : cuts) {
                edge.sendAlone(client, stream.substring(start, cut));
                start = cut;
            }
            client.send(stream.substring(start));
            for (Request request : strict) {
                assertThat(client.read(request.method().equals("HEAD")).status())
                        .as(name)
                        .isEqualTo(200);
            }
        }
        assertThat(pod.take().stream().map(Request::text))
                .as(name + ": " + stream)
                .isEqualTo(strict.stream().map(RequestStreamTest::passed).toList());
    }

    /** What a pod is to see of a request. */
    private static String passed(Request request) {
        List<String> fields = new ArrayList<>();
        List<String> framing = new ArrayList<>();
        fields.add("Host: tenant.example");
        for (String field : request.fields()) {
            String name = field.substring(0, field.indexOf(':')).toLowerCase(Locale.ROOT);
            switch (name) {
                case "host" -> {}
                case "content-length" ->
                    framing.add("Content-Length: " + request.body().length());
                case "transfer-encoding" -> framing.add("Transfer-Encoding: chunked");
                default -> {
                    if (!STAYING_NAMES.contains(name)) {
                        fields.add(field);
                    }
                }
            }
        }
        fields.addAll(framing);
        String target = request.target().replaceFirst("(?i)^http://[^/?]*", "");
        List<String> trailers = request.trailers().stream()
                .filter(trailer -> trailer.startsWith("X-Sum"))
                .toList();
        return new Request(
                        request.method(), target.isEmpty() ? "/" : target, "HTTP/1.1", fields, request.body(), trailers)
                .text();
    }

    private static String request(SplittableRandom random) {
        String target = TARGETS.get(random.nextInt(TARGETS.size()));
        String method = target.equals("*")
                ? "OPTIONS"
                : List.of("GET", "HEAD", "POST", "PUT", "DELETE", "get", "X-Y").get(random.nextInt(7));
        List<String> fields =
                new ArrayList<>(List.of("Host: tenant.example", "Authorization: Bearer " + TestEdge.TOKEN));
        for (int i = random.nextInt(6); i > 0; i--) {
            List<String> from = random.nextBoolean() ? PASSING : STAYING;
            fields.add(random.nextInt(fields.size() + 1), from.get(random.nextInt(from.size())));
        }
        if (random.nextInt(4) == 0) {
            fields.add("X-Hop: evil");
            fields.add(random.nextInt(fields.size() + 1), "Connection: keep-alive,x-hop");
        }
        StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        String body = "";
        switch (random.nextInt(3)) {
            case 0 -> {}
            case 1 -> {
                body = text(random, random.nextInt(200));
                fields.add(
                        random.nextInt(fields.size() + 1),
                        "content-LENGTH: " + "0".repeat(random.nextInt(3)) + body.length());
            }
            default -> {
                body = chunked(random);
                fields.add(random.nextInt(fields.size() + 1), "Transfer-Encoding: chunked");
            }
        }
        fields.forEach(field -> text.append(field).append("\r\n"));
        return text.append("\r\n").append(body).toString();
    }

    private static String chunked(SplittableRandom random) {
        StringBuilder body = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            String data = text(random, 1 + random.nextInt(40));
            body.append("0".repeat(random.nextInt(3))).append(Integer.toHexString(data.length()));
            body.append(random.nextBoolean() ? "" : " ; a=\"0;\" ;b")
                    .append("\r\n")
                    .append(data)
                    .append("\r\n");
        }
        body.append("0".repeat(1 + random.nextInt(3))).append("\r\n");
        if (random.nextBoolean()) {
            body.append("X-Sum: 1\r\nX-Tenant-Id: evil\r\nContent-Length: 3\r\n");
        }
        return body.append("\r\n").toString();
    }

    private static String text(SplittableRandom random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(BODY_CHARACTERS.charAt(random.nextInt(BODY_CHARACTERS.length())));
        }
        return text.toString();
    }
}
