package io.percolate.gateway.proxy.engine.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Follows the frames that one side sends, and lets their bytes pass as they are.
 *
 * <p>A frame's head passes when all of it has come and is valid, a control frame when it is whole; all else passes at
 * once. So at most 139 bytes are kept, whatever passes is the beginning of a valid stream, and where the receiver is
 * between two frames a frame of our own can stand. Texts are not checked for UTF-8, which only their reader can do when
 * they are compressed. Not safe for use by several threads.
 */
final class FrameWalker {
    /** Hears of what is on the way. */
    interface Listener {
        /** Bytes to pass on; takes them. */
        void passes(ByteBuf bytes);

        /**
         * A whole control frame, of which nothing has passed.
         *
         * @param wire its bytes as they came; to be taken
         */
        void control(ControlFrame frame, ByteBuf wire);

        /** The receiver is between two frames, as was asked for by {@link FrameWalker#announceBoundary}. */
        void boundary();

        /** Nothing of what broke the rule has passed, and nothing more will. */
        void violated(Violation violation);
    }

    private static final int HEAD_BYTES_MIN = 2;
    private static final int HEAD_BYTES_MAX = 14;
    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;

    private final boolean fromClient;
    private final RsvBits rsvBits;
    private final long frameBytesMax;
    private final long messageBytesMax;
    private final Listener listener;

    /** The beginning of a head or of a control frame, which has not passed. */
    private final byte[] held = new byte[HEAD_BYTES_MAX + ControlFrame.PAYLOAD_BYTES_MAX];

    private int heldLength;
    /** Of the held bytes those that are in the buffer being walked. */
    private int heldHere;

    private @Nullable Opcode opcode;
    private long payloadLeft;
    private long messageBytes;
    private boolean withinMessage;
    private boolean boundaryWanted;
    private boolean ended;

    FrameWalker(boolean fromClient, RsvBits rsvBits, long frameBytesMax, long messageBytesMax, Listener listener) {
        this.fromClient = fromClient;
        this.rsvBits = rsvBits;
        this.frameBytesMax = frameBytesMax;
        this.messageBytesMax = messageBytesMax;
        this.listener = listener;
    }

    /** Whether what has passed ends with the end of a frame. */
    boolean isAtBoundary() {
        return payloadLeft == 0;
    }

    /** Asks to be told, once, when the frame under way has passed. */
    void announceBoundary() {
        boundaryWanted = true;
    }

    /** Goes on with these bytes; takes them. What follows a Close frame or a violation is dropped. */
    void walk(ByteBuf in) {
        try {
            int passed = in.readerIndex();
            heldHere = 0;
            while (in.isReadable() && !ended) {
                passed = payloadLeft > 0 ? payload(in, passed) : head(in, passed);
            }
            if (!ended) {
                pass(in, passed, in.readerIndex() - heldHere);
            }
        } finally {
            in.release();
        }
    }

    private int payload(ByteBuf in, int passed) {
        int length = (int) Math.min(payloadLeft, in.readableBytes());
        in.skipBytes(length);
        payloadLeft -= length;
        return payloadLeft == 0 ? frameEnded(in, passed) : passed;
    }

    private int frameEnded(ByteBuf in, int passed) {
        if (!boundaryWanted) {
            return passed;
        }
        boundaryWanted = false;
        pass(in, passed, in.readerIndex());
        listener.boundary();
        return in.readerIndex();
    }

    /** Takes the next byte of a head or control frame; answers up to where all has passed. */
    private int head(ByteBuf in, int passed) {
        held[heldLength++] = in.readByte();
        heldHere++;
        if (heldLength < HEAD_BYTES_MIN) {
            return passed;
        }
        Violation violation = heldLength == HEAD_BYTES_MIN ? checkFirstBytes() : null;
        if (violation == null) {
            int headLength = headLength();
            Opcode kind = Objects.requireNonNull(opcode);
            if (heldLength < headLength) {
                return passed;
            }
            if (kind.isControl()) {
                return heldLength < headLength + length7() ? passed : control(in, passed, kind, headLength);
            }
            violation = checkLength();
            if (violation == null) {
                return dataBegins(in, passed);
            }
        }
        pass(in, passed, in.readerIndex() - heldHere);
        ended = true;
        listener.violated(violation);
        return in.readerIndex();
    }

    private @Nullable Violation checkFirstBytes() {
        Opcode kind = Opcode.of(held[0] & 0xf);
        boolean fin = (held[0] & FIN) != 0;
        if (kind == null) {
            return Violation.protocol("a frame has a known opcode");
        }
        if (!rsvBits.allow(held[0], kind)) {
            return Violation.protocol("a frame has no bit of an extension that was not negotiated");
        }
        if (fromClient != ((held[1] & MASKED) != 0)) {
            return Violation.protocol(fromClient ? "a client masks its frames" : "a server masks no frame");
        }
        if (kind.isControl()) {
            if (!fin) {
                return Violation.protocol("a control frame is not fragmented");
            }
            if (length7() > ControlFrame.PAYLOAD_BYTES_MAX) {
                return Violation.protocol("a control frame has at most 125 bytes");
            }
        } else if ((kind == Opcode.CONTINUATION) != withinMessage) {
            return Violation.protocol(
                    withinMessage
                            ? "a message ends before the next one begins"
                            : "a continuation follows the beginning of a message");
        }
        opcode = kind;
        return null;
    }

    private @Nullable Violation checkLength() {
        long length = length();
        boolean shortest = switch (length7()) {
            case LENGTH_16 -> length >= LENGTH_16;
            case LENGTH_64 -> length > 0xffff;
            default -> true;
        };
        if (length < 0 || !shortest) {
            return Violation.protocol("a length has the fewest bytes it can have, and no sign");
        }
        if (length > frameBytesMax) {
            return Violation.tooLarge("a frame has at most " + frameBytesMax + " bytes");
        }
        if (length > messageBytesMax - messageBytes) {
            return Violation.tooLarge("a message has at most " + messageBytesMax + " bytes");
        }
        return null;
    }

    private int dataBegins(ByteBuf in, int passed) {
        boolean fin = (held[0] & FIN) != 0;
        payloadLeft = length();
        messageBytes = fin ? 0 : messageBytes + payloadLeft;
        withinMessage = !fin;
        int earlier = heldLength - heldHere;
        if (earlier > 0) {
            listener.passes(Unpooled.copiedBuffer(held, 0, earlier));
        }
        heldLength = 0;
        heldHere = 0;
        return payloadLeft == 0 ? frameEnded(in, passed) : passed;
    }

    private int control(ByteBuf in, int passed, Opcode kind, int headLength) {
        pass(in, passed, in.readerIndex() - heldHere);
        byte[] payload = Arrays.copyOfRange(held, headLength, heldLength);
        if (fromClient) {
            ControlFrame.mask(payload, ByteBuffer.wrap(held).getInt(headLength - Integer.BYTES));
        }
        ControlFrame frame = new ControlFrame(kind, payload);
        Violation violation = kind == Opcode.CLOSE ? frame.closeViolation() : null;
        ended = kind == Opcode.CLOSE;
        ByteBuf wire = Unpooled.copiedBuffer(held, 0, heldLength);
        heldLength = 0;
        heldHere = 0;
        if (violation == null) {
            listener.control(frame, wire);
        } else {
            wire.release();
            listener.violated(violation);
        }
        return in.readerIndex();
    }

    private void pass(ByteBuf in, int from, int to) {
        if (to > from) {
            listener.passes(in.retainedSlice(from, to - from));
        }
    }

    private int headLength() {
        int extended = switch (length7()) {
            case LENGTH_16 -> Short.BYTES;
            case LENGTH_64 -> Long.BYTES;
            default -> 0;
        };
        return HEAD_BYTES_MIN + extended + (fromClient ? Integer.BYTES : 0);
    }

    private int length7() {
        return held[1] & ~MASKED & 0xff;
    }

    private long length() {
        int bytes = switch (length7()) {
            case LENGTH_16 -> Short.BYTES;
            case LENGTH_64 -> Long.BYTES;
            default -> 0;
        };
        if (bytes == 0) {
            return length7();
        }
        long length = 0;
        for (int i = 0; i < bytes; i++) {
            length = (length << 8) | (held[HEAD_BYTES_MIN + i] & 0xff);
        }
        return length;
    }
}
