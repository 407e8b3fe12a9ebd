package io.percolate.gateway.proxy.generate.words;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Cuts an event stream into its lines, which end with CR, LF or both (WHATWG HTML, section 9.2). */
final class Lines {
    static final int LINE_BYTES_MAX = 256 << 10;

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean afterReturn;

    /** Gives each line that the bytes bring to its end; throws {@link IllegalStateException} where one is too long. */
    void read(byte[] bytes, Consumer<String> each) {
        for (byte b : bytes) {
            boolean secondOfTwo = b == '\n' && afterReturn;
            afterReturn = b == '\r';
            if (secondOfTwo) {
                continue;
            }
            if (b == '\n' || b == '\r') {
                each.accept(rest());
            } else if (line.size() >= LINE_BYTES_MAX) {
                throw new IllegalStateException("a line of more than " + LINE_BYTES_MAX + " bytes");
            } else {
                line.write(b);
            }
        }
    }

    /** What has come since the end of the last line, which is forgotten. */
    String rest() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        return text;
    }
}
