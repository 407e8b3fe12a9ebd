package io.percolate.gateway.proxy.generate.words;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Words that come as text: as many of them as have come, up to where a character ends. What is no UTF-8 becomes U+FFFD, for
 * a string of protobuf may hold nothing else.
 */
public final class PlainWords implements Words {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    /** The first bytes of a character; three at most. */
    private byte[] begun = {};

    @Override
    public List<String> read(byte[] bytes) {
        return decoded(bytes, false);
    }

    @Override
    public List<String> end() {
        return decoded(new byte[0], true);
    }

    private List<String> decoded(byte[] bytes, boolean last) {
        ByteBuffer in = ByteBuffer.allocate(begun.length + bytes.length)
                .put(begun)
                .put(bytes)
                .flip();
        // Each byte makes one character at most.
        CharBuffer out = CharBuffer.allocate(in.remaining());
        decoder.decode(in, out, last);
        begun = new byte[in.remaining()];
        in.get(begun);
        String words = out.flip().toString();
        return words.isEmpty() ? List.of() : List.of(words);
    }
}
