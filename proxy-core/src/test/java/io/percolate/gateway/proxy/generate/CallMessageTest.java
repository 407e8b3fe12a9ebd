package io.percolate.gateway.proxy.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The one message of a call, in protobuf's wire format; bytes are written in hexadecimal. */
class CallMessageTest {
    private static final int RANDOM_BODIES = 20_000;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0a 02 68 69 | hi",
                // Two bytes of length, though one would do.
                "0a 82 00 68 69 | hi",
                // Of several the last one counts.
                "0a 01 61 0a 02 68 69 | hi",
                // Other fields: a varint of ten bytes, fixed 64, a length, fixed 32, and the largest number there is.
                "10 ff ff ff ff ff ff ff ff ff 01 19 01 02 03 04 05 06 07 08 22 01 78 0a 02 68 69 2d 01 02 03 04 | hi",
                "f8 ff ff ff 0f 00 0a 02 68 69 | hi",
                "0a 03 e2 98 95 | \u2615",
            })
    void theTextIsField1(String message, String text) {
        assertThat(textOf(framed(message))).contains(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Nothing, or no text in it.
                "",
                "0a 00",
                "10 01",
                // Cut off: within a tag, a length, a text, a varint, a fixed 64, a fixed 32.
                "8a",
                "0a",
                "0a 03 68 69",
                "0a 01 61 10",
                "0a 01 61 10 80",
                "0a 01 61 19 01 02 03 04 05 06 07",
                "0a 01 61 25 01 02 03",
                // Lengths that are too large, or overlong.
                "0a ff ff ff ff 07 68",
                "0a ff ff ff ff 0f 68",
                "0a ff ff ff ff 1f 68",
                "0a 82 80 80 80 80 00 68 69",
                "0a 01 61 22 ff ff ff ff 0f",
                // Field 0, tags beyond 32 bits, a varint of eleven bytes.
                "02 01 61",
                "0a 01 61 8a 80 80 80 10 01 61",
                "0a 01 61 10 80 80 80 80 80 80 80 80 80 80 01",
                // Groups, wire types that there are none of, and a text that is none.
                "0b 0c",
                "0a 01 61 13 14",
                "0a 01 61 16",
                "0a 01 61 17",
                "08 01",
                "09 01 02 03 04 05 06 07 08",
                // No UTF-8: a lone byte, a surrogate, an overlong one, a part of a character.
                "0a 01 ff",
                "0a 03 ed a0 80",
                "0a 02 c0 af",
                "0a 02 e2 98",
            })
    void whatIsNoMessageWithATextIsNone(String message) {
        assertThat(textOf(framed(message))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "00 00 00 00",
                // Compressed, or with a flag that there is none of.
                "01 00 00 00 04 0a 02 68 69",
                "02 00 00 00 04 0a 02 68 69",
                // Shorter and longer than announced, and a second one.
                "00 00 00 00 05 0a 02 68 69",
                "00 00 00 00 03 0a 02 68 69",
                "00 00 00 00 04 0a 02 68 69 00",
                "00 00 00 00 04 0a 02 68 69 00 00 00 00 04 0a 02 68 69",
                "00 ff ff ff ff 0a 02 68 69",
                "00 80 00 00 04 0a 02 68 69",
            })
    void onlyOneWholeUncompressedMessageIsRead(String body) {
        assertThat(textOf(bytes(body))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 127, 128, 16_383, 16_384, 200_000})
    void whatIsWrittenIsReadAgain(int length) {
        String text = "x".repeat(length);

        ByteBuffer message = CallMessage.of(text);

        assertThat(message.get(0)).isZero();
        assertThat(message.getInt(1)).isEqualTo(message.remaining() - 5);
        assertThat(CallMessage.text(message)
                        .map(utf8 -> StandardCharsets.UTF_8.decode(utf8).toString()))
                .contains(text);
    }

    @Test
    void anyBytesAreReadToTheirEndAndNoFurther() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int read = 0;
        for (int i = 0; i < RANDOM_BODIES; i++) {
            byte[] message = new byte[random.nextInt(24)];
            for (int at = 0; at < message.length; at++) {
                // Tags, small lengths and ends of varints come often, so that the reader gets far.
                message[at] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(24));
            }
            ByteBuffer body = framed(message);
            ByteBuffer within = ByteBuffer.allocate(body.remaining() + 20)
                    .position(10)
                    .put(body.duplicate())
                    .flip()
                    .position(10)
                    .asReadOnlyBuffer();

            Optional<String> text = textOf(within);

            assertThat(textOf(body)).as("seed %d, body %d", seed, i).isEqualTo(text);
            assertThat(within.position()).isEqualTo(10);
            read += text.isPresent() ? 1 : 0;
        }
        assertThat(read).as("seed %d", seed).isPositive();
    }

    private static Optional<String> textOf(ByteBuffer body) {
        return CallMessage.text(body)
                .map(utf8 -> StandardCharsets.UTF_8.decode(utf8).toString());
    }

    private static ByteBuffer framed(String message) {
        return framed(bytes(message).array());
    }

    private static ByteBuffer framed(byte[] message) {
        return ByteBuffer.allocate(5 + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .flip();
    }

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }
}
