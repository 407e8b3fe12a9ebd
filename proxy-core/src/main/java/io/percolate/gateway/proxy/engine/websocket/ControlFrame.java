package io.percolate.gateway.proxy.engine.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A control frame (RFC 6455, section 5.5), which is never in parts. */
final class ControlFrame {
    static final int PAYLOAD_BYTES_MAX = 125;

    /** What a Close frame without a code stands for; never sent (section 7.4.1). */
    static final int NO_CODE = 1005;

    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;
    private static final int CODE_BYTES = 2;

    private final Opcode opcode;
    private final byte[] payload;

    /** @param payload unmasked; takes it */
    ControlFrame(Opcode opcode, byte[] payload) {
        this.opcode = opcode;
        this.payload = payload;
    }

    Opcode opcode() {
        return opcode;
    }

    /** A Close frame, its text cut to what fits. */
    static ControlFrame close(int code, String text) {
        byte[] words = text.getBytes(StandardCharsets.US_ASCII);
        int length = Math.min(words.length, PAYLOAD_BYTES_MAX - CODE_BYTES);
        byte[] payload = new byte[CODE_BYTES + length];
        payload[0] = (byte) (code >>> 8);
        payload[1] = (byte) code;
        System.arraycopy(words, 0, payload, CODE_BYTES, length);
        return new ControlFrame(Opcode.CLOSE, payload);
    }

    static ControlFrame ping(long number) {
        return new ControlFrame(
                Opcode.PING, ByteBuffer.allocate(Long.BYTES).putLong(number).array());
    }

    /** Of a Close frame. */
    int code() {
        return payload.length < CODE_BYTES ? NO_CODE : ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
    }

    /** Whether it is the answer to {@link #ping} of this number. */
    boolean echoes(long number) {
        return payload.length == Long.BYTES && ByteBuffer.wrap(payload).getLong() == number;
    }

    /** What is wrong with a Close frame's payload (sections 5.5.1 and 7.4); null when nothing is. */
    @Nullable
    Violation closeViolation() {
        if (payload.length == 0) {
            return null;
        }
        int code = code();
        if (payload.length < CODE_BYTES || code < 1000 || code >= 5000 || isNeverSent(code)) {
            return Violation.protocol("a Close frame has a code that may be sent");
        }
        try {
            StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(payload, CODE_BYTES, payload.length - CODE_BYTES));
            return null;
        } catch (CharacterCodingException notText) {
            return new Violation(Violation.NOT_TEXT, "the reason in a Close frame is UTF-8");
        }
    }

    private static boolean isNeverSent(int code) {
        return code == 1004 || code == NO_CODE || code == 1006 || code == 1015;
    }

    /**
     * The frame as bytes; the caller must release them.
     *
     * @param mask null for frames to a client, which are not masked
     */
    ByteBuf toBuffer(ByteBufAllocator allocator, @Nullable Integer mask) {
        ByteBuf frame = allocator.buffer(2 + Integer.BYTES + payload.length);
        frame.writeByte(FIN | opcode.number());
        if (mask == null) {
            return frame.writeByte(payload.length).writeBytes(payload);
        }
        frame.writeByte(MASKED | payload.length).writeInt(mask);
        byte[] masked = payload.clone();
        mask(masked, mask);
        return frame.writeBytes(masked);
    }

    /** Masks in place, or unmasks (section 5.3). */
    static void mask(byte[] payload, int mask) {
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= (byte) (mask >>> (24 - 8 * (i & 3)));
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ControlFrame that && opcode == that.opcode && Arrays.equals(payload, that.payload);
    }

    @Override
    public int hashCode() {
        return 31 * opcode.hashCode() + Arrays.hashCode(payload);
    }

    @Override
    public String toString() {
        return opcode + " of " + payload.length + " bytes";
    }
}
