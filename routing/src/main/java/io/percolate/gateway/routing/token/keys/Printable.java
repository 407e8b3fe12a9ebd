package io.percolate.gateway.routing.token.keys;

/** Text of a stranger, cut and cleaned so that it can stand in a log line. */
public final class Printable {
    private static final int LENGTH_MAX = 200;

    private Printable() {}

    public static String of(String text) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), LENGTH_MAX + 3));
        for (int i = 0; i < text.length() && i < LENGTH_MAX; i++) {
            char c = text.charAt(i);
            clean.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return text.length() > LENGTH_MAX ? clean.append("...").toString() : clean.toString();
    }
}
