package io.percolate.gateway.admin.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemsTest {
    @Test
    void keepsTheRetryAdviceOfAWakeRoundedUp() {
        Problem problem = Problems.of(
                Failure.of(FailureKind.WAKE_NO_CAPACITY, "no pod has room")
                        .withRetryAfter(Duration.ofMillis(1_200))
                        .toException(),
                "r-1");

        assertThat(problem.kind()).isEqualTo(ProblemKind.WAKE_FAILED);
        assertThat(problem.headers()).containsEntry("Retry-After", "2");
    }

    @Test
    void aMisdirectedRequestIsNoFaultOfOurs() {
        Problem problem = Problems.of(
                Failure.of(FailureKind.REQUEST_MISDIRECTED, "not for this host").toException(), "r-1");

        assertThat(problem.kind().status()).isEqualTo(421);
        assertThat(problem.kind()).isEqualTo(ProblemKind.REQUEST_MISDIRECTED);
    }

    @ParameterizedTest
    @EnumSource(FailureKind.class)
    void tellsTheCallerNothingThatIsForTheOperator(FailureKind kind) {
        Problem problem = Problems.of(
                Failure.of(kind, "safe").withOperatorDetail("10.0.0.7 said no").toException(), "r-1");

        assertThat(new String(Problems.body(problem, "r-1"), java.nio.charset.StandardCharsets.UTF_8))
                .contains("safe")
                .doesNotContain("10.0.0.7");
    }

    @Test
    void tellsDeadlinesFromFaults() {
        assertThat(Problems.of(new TimeoutException("late"), "r-1").kind()).isEqualTo(ProblemKind.DEADLINE_EXCEEDED);
        Problem fault = Problems.of(new IllegalStateException("password=hunter2"), "r-1");
        assertThat(fault.kind()).isEqualTo(ProblemKind.INTERNAL);
        assertThat(fault.detail()).doesNotContain("hunter2");
    }
}
