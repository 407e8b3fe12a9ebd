package io.percolate.gateway.admin.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {
    @Test
    void keepsTimesToTheMicrosecondAndIdsWhole() {
        Cursor cursor = new Cursor(
                Instant.parse("2026-11-20T18:31:59.760183Z"), UUID.randomUUID().toString());

        assertThat(Cursor.parse(cursor.encode())).contains(cursor);
        assertThat(cursor.encode()).matches("[A-Za-z0-9_-]+");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "!", "AAAA", "AAAAAAAAAAA", "__________8AAA", "AAAAAAAAAAD_"})
    void refusesWhatIsNoCursor(String text) {
        assertThat(Cursor.parse(text)).isEmpty();
    }
}
