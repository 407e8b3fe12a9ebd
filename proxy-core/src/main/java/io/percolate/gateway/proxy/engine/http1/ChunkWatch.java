package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.util.AsciiString;
import java.util.BitSet;

/**
 * Follows the chunks of a body (RFC 9112, section 7.1) through the bytes that Netty's decoder has consumed, and holds the
 * lines with their sizes to the grammar: Netty takes quotes that open nowhere and blanks at odd places, which other
 * readers may take for a quoted value that goes on over the end of the line. Data is passed over, not looked at.
 */
final class ChunkWatch {
    private enum State {
        SIZE_BEGINS,
        SIZE,
        /** Blanks, of which only another extension may come. */
        BLANKS,
        NAME_BEGINS,
        NAME,
        AFTER_NAME,
        VALUE_BEGINS,
        VALUE,
        QUOTED,
        ESCAPED,
        AFTER_VALUE,
        LINE_FEED,
        DATA,
        DATA_CR,
        DATA_LF,
        /** Behind the last chunk come trailers, which others check. */
        TRAILERS,
        BROKEN
    }

    private static final BitSet TOKEN = token();

    private State state = State.TRAILERS;
    private long size;

    /** A chunked body follows. */
    void begin() {
        state = State.SIZE_BEGINS;
        size = 0;
    }

    /** Looks at what was consumed; false when it is no valid chunked body. */
    boolean passes(ByteBuf in, int start, int end) {
        for (int at = start; at < end && state != State.TRAILERS && state != State.BROKEN; at++) {
            if (state == State.DATA) {
                int passed = (int) Math.min(size, end - at);
                size -= passed;
                at += passed - 1;
                state = size == 0 ? State.DATA_CR : State.DATA;
            } else {
                state = next(in.getByte(at) & 0xff);
            }
        }
        return state != State.BROKEN;
    }

    private State next(int b) {
        return switch (state) {
            case SIZE_BEGINS -> digit(b);
            case SIZE -> hex(b) >= 0 ? digit(b) : behind(b, State.BLANKS);
            case BLANKS -> blank(b) ? State.BLANKS : require(b == ';', State.NAME_BEGINS);
            case NAME_BEGINS -> blank(b) ? State.NAME_BEGINS : require(TOKEN.get(b), State.NAME);
            case NAME -> TOKEN.get(b) ? State.NAME : b == '=' ? State.VALUE_BEGINS : behind(b, State.AFTER_NAME);
            case AFTER_NAME ->
                blank(b) ? State.AFTER_NAME : b == '=' ? State.VALUE_BEGINS : require(b == ';', State.NAME_BEGINS);
            case VALUE_BEGINS ->
                blank(b) ? State.VALUE_BEGINS : b == '"' ? State.QUOTED : require(TOKEN.get(b), State.VALUE);
            case VALUE -> TOKEN.get(b) ? State.VALUE : behind(b, State.BLANKS);
            case QUOTED -> b == '"' ? State.AFTER_VALUE : b == '\\' ? State.ESCAPED : require(text(b), State.QUOTED);
            case ESCAPED -> require(text(b), State.QUOTED);
            case AFTER_VALUE -> behind(b, State.BLANKS);
            case LINE_FEED -> require(b == '\n', size == 0 ? State.TRAILERS : State.DATA);
            case DATA_CR -> require(b == '\r', State.DATA_LF);
            case DATA_LF -> require(b == '\n', State.SIZE_BEGINS);
            case DATA, TRAILERS, BROKEN -> throw new IllegalStateException("no line is open in " + state);
        };
    }

    /** What may stand behind a size, a name or a value. */
    private static State behind(int b, State blanks) {
        return switch (b) {
            case '\r' -> State.LINE_FEED;
            case ';' -> State.NAME_BEGINS;
            case ' ', '\t' -> blanks;
            default -> State.BROKEN;
        };
    }

    private State digit(int b) {
        int value = hex(b);
        size = size * 16 + value;
        return require(value >= 0 && size <= Integer.MAX_VALUE, State.SIZE);
    }

    private static int hex(int b) {
        return b < 0x80 ? Character.digit(b, 16) : -1;
    }

    private static State require(boolean holds, State then) {
        return holds ? then : State.BROKEN;
    }

    private static boolean blank(int b) {
        return b == ' ' || b == '\t';
    }

    private static boolean text(int b) {
        return b == '\t' || (b >= 0x20 && b != 0x7f);
    }

    private static BitSet token() {
        BitSet token = new BitSet(256);
        token.set('0', '9' + 1);
        token.set('A', 'Z' + 1);
        token.set('a', 'z' + 1);
        new AsciiString("!#$%&'*+-.^_`|~").chars().forEach(token::set);
        return token;
    }
}
