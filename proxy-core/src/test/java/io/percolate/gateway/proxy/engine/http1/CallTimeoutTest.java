package io.percolate.gateway.proxy.engine.http1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a call may take, as gRPC writes it. */
class CallTimeoutTest {
    @ParameterizedTest
    @CsvSource({
        "0n, 0",
        "1n, 1",
        "99999999n, 99999999",
        "250u, 250000",
        "100m, 100000000",
        "3S, 3000000000",
        "2M, 120000000000",
        "99999999H, 9223372036854775807"
    })
    void isReadInEveryUnit(String text, long nanos) {
        assertThat(CallTimeout.parse(text)).isEqualTo(nanos);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "n", "-1n", "123456789n", "1s", "1 n", "1.5S", "+1S"})
    void whatIsNotValidIsNotRead(String text) {
        assertThat(CallTimeout.parse(text)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        "-5, 1n",
        "0, 1n",
        "99999999, 99999999n",
        "100000000, 100000u",
        "100000000000, 100000m",
        "100000000000000, 100000S",
        "9223372036854775807, 2562047H"
    })
    void isWrittenInEightDigits(long nanos, String text) {
        assertThat(CallTimeout.format(nanos)).isEqualTo(text);
    }
}
