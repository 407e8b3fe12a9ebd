package io.percolate.gateway.bench.generator;

import java.util.Arrays;
import java.util.List;

/** What the generator says to a message: the same whenever message and context are the same. */
final class Reply {
    private static final int CONTEXT_LENGTH_SHOWN = 120;

    private Reply() {}

    /** The answer, word by word, each but the first with the space before it. */
    static List<String> words(String message, String context) {
        String known =
                context.length() > CONTEXT_LENGTH_SHOWN ? context.substring(0, CONTEXT_LENGTH_SHOWN) + "..." : context;
        String text = "You said: " + message.strip() + " -- and I know of you: " + known.strip();
        return Arrays.asList(text.split("(?= )"));
    }
}
