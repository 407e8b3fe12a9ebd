package io.percolate.gateway.admin.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpBehaviourTest {
    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        management = RunningManagement.start(
                "GATEWAY_ADMIN_HEADER_BYTES_MAX", "4KiB", "GATEWAY_ADMIN_TARGET_BYTES_MAX", "1KiB");
        api = management.api();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v2/tenants", "/v1/tenants/", "/v1/tenants/x/y/z", "/v1/tenants/x/unknown"})
    void answersNotFoundWhereNothingIsServed(String path) {
        Answer answer = api.get(path);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.problem()).isEqualTo("path-unknown");
    }

    @Test
    void saysWhichMethodsAPathTakes() {
        Answer answer = api.send(api.request("PUT", "/v1/tenants/" + UUID.randomUUID(), "{}"));

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).isEqualTo("DELETE, GET, HEAD, PATCH");
        assertThat(answer.problem()).isEqualTo("method-not-allowed");
    }

    @Test
    void refusesABodyOfAnotherType() {
        Answer post = api.post("/v1/tenants", "email=x", "Content-Type", "application/x-www-form-urlencoded");
        Answer patch =
                api.patch("/v1/tenants/" + UUID.randomUUID(), "[]", "Content-Type", "application/json-patch+json");

        assertThat(post.status()).isEqualTo(415);
        assertThat(post.header("Accept")).isEqualTo("application/json");
        assertThat(patch.status()).isEqualTo(415);
        assertThat(patch.header("Accept-Patch")).isEqualTo("application/merge-patch+json, application/json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "\"text\"",
                "null",
                "{} {}",
                "{\"tier\": \"A\", \"tier\": \"B\"}",
                "{\"tier\": 'A'}"
            })
    void refusesABodyThatIsNotOneJsonObject(String body) {
        Answer answer = api.post("/v1/tenants", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem()).isEqualTo("body-malformed");
    }

    @Test
    void refusesDeepNesting() {
        Answer answer = api.post("/v1/tenants", "{\"a\":".repeat(20) + "1" + "}".repeat(20));

        assertThat(answer.problem()).isEqualTo("body-malformed");
    }

    @Test
    void refusesABodyBeyondItsBoundAndGoesOnServing() {
        Answer justFits = api.post("/v1/tenants", padded(64 << 10));
        Answer tooLarge = api.post("/v1/tenants", padded((64 << 10) + 1));
        Answer farTooLarge = api.post("/v1/tenants", padded(512 << 10));

        assertThat(justFits.status()).isEqualTo(400);
        assertThat(justFits.fieldsAtFault()).containsExactly("email");
        assertThat(tooLarge.status()).isEqualTo(413);
        assertThat(tooLarge.problem()).isEqualTo("body-too-large");
        assertThat(farTooLarge.status()).isEqualTo(413);
        assertThat(api.get("/v1/pods").status()).isEqualTo(200);
    }

    @Test
    void givesEachRequestAnIdOrKeepsTheCallers() {
        Answer given = api.send(api.request("GET", "/v1/none", null, "X-Request-Id", "deploy-42"));
        Answer invented = api.send(api.request("GET", "/v1/none", null, "X-Request-Id", "not an id"));

        assertThat(given.header("X-Request-Id")).isEqualTo("deploy-42");
        assertThat(given.json().get("request_id").stringValue()).isEqualTo("deploy-42");
        assertThat(UUID.fromString(invented.header("X-Request-Id"))).isNotNull();
    }

    @Test
    void answersHeadLikeGetWithoutTheBody() {
        String path = "/v1/tenants/" + management.newTenant("A");

        Answer head = api.send(api.request("HEAD", path, null));

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.text()).isEmpty();
        assertThat(head.header("ETag")).isEqualTo(api.get(path).header("ETag"));
    }

    @Test
    void refusesAQueryThatIsNotPercentEncoded() throws IOException {
        assertThat(raw("GET /v1/tenants?tier=%zz HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                        + RunningManagement.READER + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("urn:percolate:problem:request-malformed");
    }

    @Test
    void answersRequestsThatAreNoneWithProblemsToo() throws IOException {
        assertThat(raw("GET /v1/pods HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json", "urn:percolate:problem:request-malformed");
        assertThat(raw("GET /" + "x".repeat(2_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
                .startsWith("HTTP/1.1 414")
                .contains("urn:percolate:problem:target-too-long");
        assertThat(raw("GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + "x".repeat(5_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431")
                .contains("urn:percolate:problem:headers-too-large");
    }

    @Test
    void countsRequestsByRouteAndNeverByPath() {
        String id = management.newTenant("A");
        api.get("/v1/tenants/" + id);
        api.get("/v1/nowhere/" + id);

        String metrics = api.get("/metrics").text();

        assertThat(metrics)
                .contains(
                        "admin_request_duration_seconds_count{method=\"GET\",route=\"/v1/tenants/{id}\",status=\"200\"}")
                .contains("admin_problems_total{kind=\"path-unknown\"}")
                .contains("jvm_memory_used_bytes")
                .doesNotContain(id);
    }

    private static String padded(int length) {
        String body = "{\"tier\": \"A\", \"name\": null";
        return body + " ".repeat(length - body.length() - 1) + "}";
    }

    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), management.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
