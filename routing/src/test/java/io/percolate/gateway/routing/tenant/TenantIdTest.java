package io.percolate.gateway.routing.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantIdTest {
    private static final String CANONICAL = "6f1c3a52-58a5-4d0a-9a4e-0f0d6cbb8a01";

    @Test
    void parsesAndPrintsTheCanonicalForm() {
        assertThat(TenantId.parse(CANONICAL))
                .hasValueSatisfying(id -> assertThat(id).hasToString(CANONICAL));
        assertThat(TenantId.of(CANONICAL.toUpperCase(java.util.Locale.ROOT))).isEqualTo(TenantId.of(CANONICAL));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "acme",
                "1-1-1-1-1",
                "6f1c3a5258a54d0a9a4e0f0d6cbb8a01",
                "6f1c3a525-8a5-4d0a-9a4e-0f0d6cbb8a01",
                "+f1c3a52-58a5-4d0a-9a4e-0f0d6cbb8a01",
                "-f1c3a52-58a5-4d0a-9a4e-0f0d6cbb8a01",
                "6f1c3a52-58a5-4d0a-9a4e-0f0d6cbb8a0g",
                "6f1c3a52-58a5-4d0a-9a4e-0f0d6cbb8a0\u0661",
                "{f1c3a52-58a5-4d0a-9a4e-0f0d6cbb8a0}",
                " 6f1c3a52-58a5-4d0a-9a4e-0f0d6cbb8a0"
            })
    void refusesEveryOtherForm(String text) {
        assertThat(TenantId.parse(text)).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> TenantId.of(text)).withMessageContaining("UUID");
    }
}
