package io.percolate.gateway.proxy.generate.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What services say, cut anywhere. */
class WordsTest {
    private static final String EVENTS = ": a comment\r\n\r\ndata: Te\r\ndata:a \r\nid: 7\r\n\r\n"
            + "event: end\n\ndata\n\ndata\ndata\n\rdata:  \u2615\r\rdata: {\"text\":\"now\"}";

    @Test
    void textIsCutWhereCharactersEndAndWhatIsNoneIsReplaced() {
        byte[] bytes = "T\u00e9e \u2615 \ud83c\udf75".getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut <= bytes.length; cut++) {
            List<String> said = said(new PlainWords(), bytes, cut);
            assertThat(said).doesNotContain("");
            assertThat(String.join("", said)).isEqualTo("T\u00e9e \u2615 \ud83c\udf75");
        }
        byte[] broken = {'a', (byte) 0xff, 'b', (byte) 0xf0, (byte) 0x9f};
        for (int cut = 0; cut <= broken.length; cut++) {
            assertThat(String.join("", said(new PlainWords(), broken, cut))).isEqualTo("a\ufffdb\ufffd");
        }
    }

    @Test
    void eventsAreTheirDataWhateverEndsTheirLines() {
        byte[] bytes = EVENTS.getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut <= bytes.length; cut++) {
            assertThat(said(new EventWords(), bytes, cut))
                    .as("cut at %d", cut)
                    .containsExactly("Te\na ", "\n", " \u2615", "{\"text\":\"now\"}");
        }
    }

    @Test
    void anEventThatIsTooLongIsNone() {
        byte[] line = ("data: " + "x".repeat(60_000) + "\n").getBytes(StandardCharsets.UTF_8);
        EventWords words = new EventWords();
        for (int i = 0; i < 4; i++) {
            assertThat(words.read(line)).isEmpty();
        }
        assertThatThrownBy(() -> words.read(line)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new EventWords().read(new byte[Lines.LINE_BYTES_MAX + 1]))
                .isInstanceOf(IllegalStateException.class);
    }

    private static List<String> said(Words words, byte[] bytes, int cut) {
        List<String> said = new ArrayList<>(words.read(Arrays.copyOf(bytes, cut)));
        said.addAll(words.read(Arrays.copyOfRange(bytes, cut, bytes.length)));
        said.addAll(words.end());
        return said;
    }
}
