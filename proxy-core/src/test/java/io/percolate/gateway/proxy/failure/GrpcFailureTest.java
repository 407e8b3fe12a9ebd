package io.percolate.gateway.proxy.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Failures in gRPC's terms. */
class GrpcFailureTest {
    @ParameterizedTest
    @EnumSource(FailureKind.class)
    void everyKindIsAnErrorThatAgreesWithItsHttpStatus(FailureKind kind) {
        int status = GrpcFailure.status(kind);

        assertThat(status).isBetween(1, 16);
        switch (FailureResponse.status(kind)) {
            case 401 -> assertThat(status).isEqualTo(16);
            case 403 -> assertThat(status).isEqualTo(7);
            case 413, 431 -> assertThat(status).isEqualTo(8);
            case 503 -> assertThat(status).isEqualTo(14);
            case 504 -> assertThat(status).isEqualTo(4);
            default -> {}
        }
    }

    @ParameterizedTest
    @CsvSource({"plain, plain", "50% off, 50%25 off", "caf\u00e9, caf%C3%A9", "\u263a, %E2%98%BA"})
    void messagesArePercentEncoded(String text, String encoded) {
        assertThat(GrpcFailure.encoded(text)).isEqualTo(encoded);
    }

    @Test
    void saysWhenToTryAgainWhereThatIsKnown() {
        Failure failure = Failure.of(FailureKind.HOLD_TIMEOUT, "not yet").withRetryAfter(Duration.ofSeconds(7));

        assertThat(GrpcFailure.response(failure).headers())
                .containsEntry("grpc-status", "14")
                .containsEntry("grpc-message", "not yet")
                .containsEntry("grpc-retry-pushback-ms", "7000");
        assertThat(GrpcFailure.trailers(failure).get("grpc-status")).isEqualTo("14");
    }
}
