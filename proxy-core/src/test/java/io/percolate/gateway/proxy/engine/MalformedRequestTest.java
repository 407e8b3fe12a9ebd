package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that two readers could read differently are refused, their connection closed, and no pod hears of them. */
class MalformedRequestTest {
    private static TestEdge edge;
    private static ScriptedPod pod;

    @BeforeAll
    static void start() throws Exception {
        pod = new ScriptedPod();
        edge = new TestEdge(
                "GATEWAY_EDGE_HEADER_BYTES_MAX", "2KiB",
                "GATEWAY_EDGE_REQUEST_LINE_BYTES_MAX", "512",
                "GATEWAY_EDGE_HEADERS_MAX", "20");
        edge.hotIn(pod);
    }

    @AfterAll
    static void stop() throws Exception {
        edge.close();
        assertThat(pod.accepted()).isZero();
        pod.close();
    }

    private static final String AUTH = "Authorization: Bearer " + TestEdge.TOKEN + "\r\n";
    private static final String HOST = "Host: tenant.example\r\n";
    private static final String OK = HOST + AUTH;

    static Stream<Arguments> requests() {
        return Stream.of(
                // Framing.
                post(400, "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                post(400, "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
                post(400, "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"),
                post(400, "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd"),
                post(400, "Content-Length: 4, 4\r\n\r\nabcd"),
                post(400, "Content-Length: 4,5\r\n\r\nabcd"),
                post(400, "Content-Length: +4\r\n\r\nabcd"),
                post(400, "Content-Length: -4\r\n\r\nabcd"),
                post(400, "Content-Length: 4 4\r\n\r\nabcd"),
                post(400, "Content-Length: 0x4\r\n\r\nabcd"),
                post(400, "Content-Length: 4;\r\n\r\nabcd"),
                post(400, "Content-Length: \r\n\r\nabcd"),
                post(400, "Content-Length: four\r\n\r\nabcd"),
                post(400, "Content-Length: 9223372036854775808\r\n\r\nabcd"),
                post(400, "Content-Length: 18446744073709551620\r\n\r\nabcd"),
                post(501, "Transfer-Encoding: gzip\r\n\r\n"),
                post(501, "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
                post(501, "Transfer-Encoding: identity\r\n\r\n"),
                post(501, "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
                post(501, "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
                post(400, "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
                post(400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                post(400, "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
                post(400, "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
                post(400, "Transfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n"),
                post(400, "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
                post(400, "Content-Length : 4\r\n\r\nabcd"),
                post(400, "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
                raw(400, "POST / HTTP/1.0\r\n" + OK + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "Sec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\n12345678"),
                // Lines.
                raw(400, "GET / HTTP/1.1\n" + OK + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\nHost: a\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A: b\rC: d\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A: b\u0000c\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A\u0000: b\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A: b\u0007\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A: b\u007f\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A: b\r\n folded\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A: b\r\n\tfolded\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n " + OK + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A : b\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A\t: b\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A b: c\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "A(b): c\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "no colon\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + ": no name\r\n\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + "H\u00e9: b\r\n\r\n"),
                // The request line.
                raw(400, "GET  / HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /  HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET\t/\tHTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, " GET / HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET / HTTP/1.1 \r\n" + OK + "\r\n"),
                raw(400, "GET / a HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /\r\n" + OK + "\r\n"),
                raw(400, "G@T / HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET / HTTP/1.1\u0000\r\n" + OK + "\r\n"),
                raw(400, "GET / http/1.1\r\n" + OK + "\r\n"),
                raw(501, "GET / HTTP/2.0\r\n" + OK + "\r\n"),
                raw(501, "GET / HTTP/1.2\r\n" + OK + "\r\n"),
                raw(501, "GET / HTTP/0.9\r\n" + OK + "\r\n"),
                raw(400, "GET / HTTP/1.1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /\u0001 HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /\u0000 HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /\u00e9 HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /a#b HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /a\\b HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /<a> HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /%zz HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET /% HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET a HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET * HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET ftp://tenant.example/ HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET http://other.example/ HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET http://me@tenant.example/ HTTP/1.1\r\n" + OK + "\r\n"),
                raw(400, "GET http:/// HTTP/1.1\r\n" + OK + "\r\n"),
                raw(501, "CONNECT tenant.example:80 HTTP/1.1\r\n" + OK + "\r\n"),
                raw(501, "TRACE / HTTP/1.1\r\n" + OK + "\r\n"),
                // The host.
                raw(400, "GET / HTTP/1.1\r\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + HOST + HOST + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\nHost:\r\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\nHost: a b\r\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\nHost: a/b\r\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\nHost: a@b\r\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\nHost: a, b\r\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\nHost: a:port\r\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\nHost: a:123456\r\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\nHost: [::1\r\n" + AUTH + "\r\n"),
                raw(400, "GET / HTTP/1.0\r\n" + HOST + HOST + AUTH + "\r\n"),
                // Sizes and credentials.
                raw(414, "GET /" + "a".repeat(600) + " HTTP/1.1\r\n" + OK + "\r\n"),
                raw(431, "GET / HTTP/1.1\r\n" + OK + "A: " + "b".repeat(3000) + "\r\n\r\n"),
                raw(431, "GET / HTTP/1.1\r\n" + OK + "A: b\r\n".repeat(30) + "\r\n"),
                raw(400, "GET / HTTP/1.1\r\n" + OK + AUTH + "\r\n"),
                raw(501, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                raw(400, "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n"));
    }

    private static Arguments post(int status, String rest) {
        return raw(status, "POST / HTTP/1.1\r\n" + OK + rest);
    }

    private static Arguments raw(int status, String request) {
        return Arguments.of(status, request);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void isRefused(int status, String request) throws Exception {
        try (RawClient client = edge.client()) {
            RawClient.Answer answer = client.send(request).read();
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
            if (!request.contains(AUTH + AUTH)) {
                assertThat(answer.header("Connection")).isEqualTo("close");
                assertThat(client.isEnded()).isTrue();
            }
        }
    }

    @Test
    void manyKindsOfMalformedRequestsAreTried() {
        assertThat(requests().count()).isGreaterThan(60);
    }
}
