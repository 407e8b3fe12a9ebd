package io.percolate.gateway.routing.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FailureTest {
    @Test
    void travelsAsAnExceptionWithoutAStackTrace() {
        Failure failure = Failure.of(FailureKind.HOLD_FULL, "too many wait")
                .withRetryAfter(Duration.ofSeconds(2))
                .withOperatorDetail("512 of 512");
        IllegalStateException cause = new IllegalStateException("full");

        FailureException thrown = failure.toException(cause);

        assertThat(thrown.failure()).isEqualTo(failure);
        assertThat(thrown).hasMessage("HOLD_FULL: too many wait (512 of 512)").hasCause(cause);
        assertThat(thrown.getStackTrace()).isEmpty();
        assertThat(Failure.of(FailureKind.DRAINING, "going down").toException())
                .hasMessage("DRAINING: going down")
                .hasNoCause();
    }

    @Test
    void anyErrorStandsForAFailure() {
        Failure known = Failure.of(FailureKind.TENANT_UNKNOWN, "no such tenant");

        assertThat(FailureException.failureOf(known.toException())).isSameAs(known);
        Failure internal = FailureException.failureOf(new IllegalStateException("secret text"));
        assertThat(internal.kind()).isEqualTo(FailureKind.INTERNAL);
        assertThat(internal.clientDetail()).doesNotContain("secret");
        assertThat(internal.operatorDetail()).contains("secret text");
    }
}
