package io.percolate.gateway.admin.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class IdempotencyTest {
    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        management = RunningManagement.start();
        api = management.api();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @Test
    void answersTheSameRequestAlikeWithoutCreatingAgain() {
        Answer first = create("again@example.com", "key-1");
        // Though the tenant has changed meanwhile, the answer is the stored one.
        api.patch(first.header("Location"), "{\"tier\": \"C\"}");
        Answer second = create("again@example.com", "key-1");

        assertThat(first.status()).isEqualTo(201);
        assertThat(second.status()).isEqualTo(201);
        assertThat(second.json()).isEqualTo(first.json());
        assertThat(second.header("Location")).isEqualTo(first.header("Location"));
        assertThat(count("again@example.com")).isEqualTo("1");
    }

    @Test
    void refusesTheSameKeyForAnotherRequest() {
        create("one@example.com", "key-2");

        Answer other = create("two@example.com", "key-2");

        assertThat(other.status()).isEqualTo(422);
        assertThat(other.problem()).isEqualTo("idempotency-key-reused");
        assertThat(count("two@example.com")).isEqualTo("0");
    }

    @Test
    void createsOneTenantForManyRequestsAtOnce() {
        List<CompletableFuture<Answer>> racing = IntStream.range(0, 16)
                .mapToObj(_ -> api.sendAsync(request("race@example.com", "key-3")))
                .toList();

        List<Answer> answers = racing.stream().map(CompletableFuture::join).toList();

        assertThat(answers).allMatch(answer -> answer.status() == 201);
        assertThat(answers.stream().map(Answer::json).distinct()).hasSize(1);
        assertThat(count("race@example.com")).isEqualTo("1");
        assertThat(management.value(
                        "SELECT count(*) FROM audit_log WHERE metadata #>> '{after,email}' = 'race@example.com'"))
                .isEqualTo("1");
    }

    @Test
    void createsOneTenantForManyRequestsWithoutAKeyAndTellsTheOthers() {
        List<CompletableFuture<Answer>> racing = IntStream.range(0, 8)
                .mapToObj(_ -> api.sendAsync(
                        api.request("POST", "/v1/tenants", "{\"email\": \"bare@example.com\", \"tier\": \"A\"}")))
                .toList();

        List<Integer> statuses =
                racing.stream().map(future -> future.join().status()).toList();

        assertThat(statuses).containsOnlyOnce(201);
        assertThat(statuses.stream().filter(status -> status == 409)).hasSize(7);
    }

    @Test
    void doesNotKeepAFailure() {
        create("taken@example.com", "key-4");

        Answer refused = create("taken@example.com", "key-5");
        management.database().execute("DELETE FROM tenants WHERE email = 'taken@example.com'");
        Answer retried = create("taken@example.com", "key-5");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(retried.status()).isEqualTo(201);
    }

    @Test
    void keepsTheKeysOfDifferentTokensApart() {
        create("mine@example.com", "key-6");

        try (ApiClient other = new ApiClient(management.port(), RunningManagement.OTHER_WRITER)) {
            Answer answer = other.post(
                    "/v1/tenants", "{\"email\": \"theirs@example.com\", \"tier\": \"A\"}", "Idempotency-Key", "key-6");

            assertThat(answer.status()).isEqualTo(201);
            assertThat(answer.json().get("email").stringValue()).isEqualTo("theirs@example.com");
        }
    }

    @Test
    void forgetsKeysAfterADay() {
        create("old@example.com", "key-7");
        management.database().execute("UPDATE idempotency_keys SET created_at = created_at - interval '25 hours'");

        Answer reused = create("fresh@example.com", "key-7");

        assertThat(reused.status()).isEqualTo(201);
        assertThat(management.value("SELECT count(*) FROM idempotency_keys")).isEqualTo("1");
    }

    @Test
    void refusesAKeyThatIsNone() {
        assertThat(create("k@example.com", "x".repeat(129)).fieldsAtFault()).containsExactly("Idempotency-Key");
        assertThat(create("k@example.com", "two words").fieldsAtFault()).containsExactly("Idempotency-Key");
    }

    private static Answer create(String email, String key) {
        return api.send(request(email, key));
    }

    private static java.net.http.HttpRequest request(String email, String key) {
        return api.request(
                "POST", "/v1/tenants", "{\"email\": \"" + email + "\", \"tier\": \"A\"}", "Idempotency-Key", key);
    }

    private static String count(String email) {
        return management.value("SELECT count(*) FROM tenants WHERE email = '" + email + "'");
    }
}
