package io.percolate.gateway.proxy.generate;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a gRPC call that a generator answers: each is a protobuf message whose field 1 is a string, behind five
 * bytes that say that it is not compressed and how long it is.
 *
 * <p>Source: gRPC over HTTP/2, "Length-Prefixed-Message"; Protocol Buffers, "Encoding". Written by hand, since the gateway
 * has no other use for protobuf.
 */
final class CallMessage {
    private static final int PREFIX_BYTES = 5;
    private static final int TEXT_FIELD = 1;
    private static final int TEXT_TAG = (TEXT_FIELD << 3) | WireType.LENGTH;
    private static final int VARINT_BYTES_MAX = 10;
    /** Of a tag, or a length: 32 bits. */
    private static final int SHORT_VARINT_BYTES_MAX = 5;

    private static final long MALFORMED = -1;

    /** The low three bits of a tag; groups, 3 and 4, are no part of proto3. */
    private static final class WireType {
        static final int VARINT = 0;
        static final int FIXED64 = 1;
        static final int LENGTH = 2;
        static final int FIXED32 = 5;
    }

    private CallMessage() {}

    /**
     * The text, in UTF-8, of the one message that a call's body is; borrows the body. Empty where it is anything else: none,
     * several, a part of one, compressed, malformed, or without a text. Fields but the text are passed over.
     */
    static Optional<ByteBuffer> text(ByteBuffer body) {
        ByteBuffer in = body.slice();
        if (in.remaining() < PREFIX_BYTES || in.get() != 0 || in.getInt() != in.remaining()) {
            return Optional.empty();
        }
        ByteBuffer text = null;
        while (in.hasRemaining()) {
            long tag = shortVarint(in);
            if (tag < 1 << 3) {
                // Malformed, or of the field 0, which there is not.
                return Optional.empty();
            }
            if (tag == TEXT_TAG) {
                text = lengthDelimited(in);
                if (text == null) {
                    return Optional.empty();
                }
            } else if (tag >> 3 == TEXT_FIELD || !skip(in, (int) (tag & 7))) {
                return Optional.empty();
            }
        }
        return text != null && text.hasRemaining() && isUtf8(text) ? Optional.of(text) : Optional.empty();
    }

    /** A message with this text, which is not empty. */
    static ByteBuffer of(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(utf8.length);
        int message = 1 + (bits + 6) / 7 + utf8.length;
        ByteBuffer out = ByteBuffer.allocate(PREFIX_BYTES + message)
                .put((byte) 0)
                .putInt(message)
                .put((byte) TEXT_TAG);
        int rest = utf8.length;
        while (rest > 0x7f) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        return out.put((byte) rest).put(utf8).flip();
    }

    private static boolean skip(ByteBuffer in, int wireType) {
        return switch (wireType) {
            case WireType.VARINT -> skipVarint(in);
            case WireType.FIXED64 -> skipBytes(in, Long.BYTES);
            case WireType.LENGTH -> lengthDelimited(in) != null;
            case WireType.FIXED32 -> skipBytes(in, Integer.BYTES);
            default -> false;
        };
    }

    private static boolean skipVarint(ByteBuffer in) {
        for (int i = 0; i < VARINT_BYTES_MAX && in.hasRemaining(); i++) {
            if (in.get() >= 0) {
                return true;
            }
        }
        return false;
    }

    private static boolean skipBytes(ByteBuffer in, int count) {
        if (in.remaining() < count) {
            return false;
        }
        in.position(in.position() + count);
        return true;
    }

    /** Null where not so many bytes follow as are announced. */
    private static @Nullable ByteBuffer lengthDelimited(ByteBuffer in) {
        long length = shortVarint(in);
        if (length < 0 || length > in.remaining()) {
            return null;
        }
        ByteBuffer value = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        return value;
    }

    private static long shortVarint(ByteBuffer in) {
        long value = 0;
        for (int i = 0; i < SHORT_VARINT_BYTES_MAX && in.hasRemaining(); i++) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return value >>> Integer.SIZE == 0 ? value : MALFORMED;
            }
        }
        return MALFORMED;
    }

    private static boolean isUtf8(ByteBuffer bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate());
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }
}
