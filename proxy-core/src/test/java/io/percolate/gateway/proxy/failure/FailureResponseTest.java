package io.percolate.gateway.proxy.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class FailureResponseTest {
    @ParameterizedTest
    @EnumSource(FailureKind.class)
    void everyKindIsAProblemThatNamesIt(FailureKind kind) {
        FailureResponse response = FailureResponse.of(Failure.of(kind, "what came"), "req-1");

        JsonNode problem = JsonMapper.shared().readTree(response.body());
        assertThat(problem.get("type").asString())
                .isEqualTo("urn:percolate:problem:"
                        + kind.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        assertThat(problem.get("status").asInt()).isEqualTo(response.status()).isBetween(400, 599);
        assertThat(problem.get("title").asString()).isNotEmpty();
        assertThat(problem.get("detail").asString()).isEqualTo("what came");
        assertThat(problem.get("instance").asString()).isEqualTo("req-1");
        assertThat(response.headers())
                .containsEntry("Content-Type", "application/problem+json")
                .containsEntry("Cache-Control", "no-store");
        assertThat(response.headers().containsKey("WWW-Authenticate")).isEqualTo(response.status() == 401);
        if (response.status() == 503) {
            assertThat(response.headers()).containsKey("Retry-After");
        }
    }

    @ParameterizedTest
    @CsvSource({"PT0.001S, 1", "PT1S, 1", "PT1.001S, 2", "PT2.5S, 3", "PT0S, 1"})
    void retryAfterIsInWholeSecondsRoundedUp(Duration after, String seconds) {
        FailureResponse response =
                FailureResponse.of(Failure.of(FailureKind.HOLD_FULL, "full").withRetryAfter(after), "r");
        assertThat(response.headers()).containsEntry("Retry-After", seconds);
    }

    @Test
    void textIsEscapedAndTheOperatorsDetailStaysInside() {
        FailureResponse response = FailureResponse.of(
                Failure.of(FailureKind.TOKEN_MALFORMED, "a \"b\" \\ \u0007 \u00e9\r\n")
                        .withOperatorDetail("secret"),
                "r");
        assertThat(JsonMapper.shared().readTree(response.body()).get("detail").asString())
                .isEqualTo("a \"b\" \\ \u0007 \u00e9\r\n");
        assertThat(response.body()).doesNotContain("secret").matches("\\p{Print}+");
        assertThat(response.headers().get("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"percolate\", error=\"invalid_token\", error_description=\"a 'b' ' ' '''\"");
    }
}
