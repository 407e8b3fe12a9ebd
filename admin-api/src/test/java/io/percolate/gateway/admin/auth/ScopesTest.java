package io.percolate.gateway.admin.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.ApiDocument;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every documented operation, asked with each kind of token. */
class ScopesTest {
    private static final Set<String> OPEN = Set.of("GET /health", "GET /ready", "GET /metrics", "GET /openapi.yaml");

    private static RunningManagement management;

    @BeforeAll
    static void start() {
        management = RunningManagement.start();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    static Stream<String> guarded() {
        return ApiDocument.read().operations().stream().filter(operation -> !OPEN.contains(operation));
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void refusesWhoHasNoTokenOrNobodys(String operation) {
        Answer missing = ask(operation, null);
        Answer invalid = ask(operation, "wrong-secret-0123456789");

        assertThat(missing.status()).isEqualTo(401);
        assertThat(missing.problem()).isEqualTo("token-missing");
        assertThat(missing.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"percolate-management\"");
        assertThat(invalid.status()).isEqualTo(401);
        assertThat(invalid.problem()).isEqualTo("token-invalid");
        assertThat(invalid.header("WWW-Authenticate")).endsWith("error=\"invalid_token\"");
        assertThat(invalid.text()).doesNotContain("wrong-secret");
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void letsAReaderReadAndNothingElse(String operation) {
        if (operation.equals("GET /v1/events")) {
            return; // Never ends; its own test reads it.
        }
        Answer answer = ask(operation, RunningManagement.READER);

        if (operation.startsWith("GET ")) {
            assertThat(answer.status()).isIn(200, 404);
        } else {
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.problem()).isEqualTo("scope-insufficient");
            assertThat(answer.header("WWW-Authenticate")).contains("error=\"insufficient_scope\"", "scope=\"write\"");
        }
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void letsAWriterDoEverything(String operation) {
        if (operation.equals("GET /v1/events")) {
            return;
        }
        assertThat(ask(operation, RunningManagement.WRITER).status()).isNotIn(401, 403);
    }

    @Test
    void answersOpenPathsWithoutAToken() {
        assertThat(OPEN).allMatch(operation -> ask(operation, null).status() == 200);
    }

    @Test
    void refusesOtherSchemesAndRepeatedHeaders() {
        try (ApiClient client = new ApiClient(management.port(), null)) {
            Answer basic =
                    client.send(client.request("GET", "/v1/pods", null, "Authorization", "Basic cmVhZGVyOnNlY3JldA=="));
            Answer lowerCase = client.send(
                    client.request("GET", "/v1/pods", null, "Authorization", "bearer " + RunningManagement.READER));

            assertThat(basic.status()).isEqualTo(401);
            assertThat(lowerCase.status()).isEqualTo(200);
        }
    }

    private static Answer ask(String operation, @Nullable String token) {
        String[] parts = operation.split(" ");
        boolean takesBody = Set.of("PATCH /v1/tenants/{id}", "POST /v1/tenants", "POST /v1/caches/flush")
                .contains(operation);
        try (ApiClient client = new ApiClient(management.port(), token)) {
            String path = parts[1].replace("{id}", UUID.randomUUID().toString()).replace("{pod}", "pod-1");
            return client.send(client.request(parts[0], path, takesBody ? "{}" : null));
        }
    }
}
