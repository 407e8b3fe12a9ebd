package io.percolate.gateway.bench.abuse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes of HTTP/2 as no library would write them. */
final class Frames {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 0x1;
    static final int END_HEADERS = 0x4;

    static final int HEAD_BYTES = 9;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int CANCEL = 8;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
    /** The newest entry of the dynamic table (RFC 7541, section 6.1), in one byte. */
    private static final byte NEWEST = (byte) 0xbe;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Preface and settings. */
    static Frames opening() {
        return new Frames().bytes(PREFACE).frame(SETTINGS, 0, 0);
    }

    /** The same, with no room for any byte of an answer. */
    static Frames openingWithoutWindow() {
        byte[] none = ByteBuffer.allocate(6)
                .putShort((short) INITIAL_WINDOW_SIZE)
                .putInt(0)
                .array();
        return new Frames().bytes(PREFACE).frame(SETTINGS, 0, 0, none);
    }

    Frames frame(int type, int flags, int stream, byte... payload) {
        byte[] head = ByteBuffer.allocate(HEAD_BYTES)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .array();
        return bytes(head).bytes(payload);
    }

    Frames frames(int count, int type, int flags, int stream, byte... payload) {
        for (int i = 0; i < count; i++) {
            frame(type, flags, stream, payload);
        }
        return this;
    }

    Frames get(int stream, String path, String token) {
        return frame(HEADERS, END_STREAM | END_HEADERS, stream, head(path, token));
    }

    Frames cancel(int stream) {
        return frame(
                RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(CANCEL).array());
    }

    /** A request with one field of almost four kilobytes, named by so many single bytes: RFC 7541, section 7.3. */
    Frames bomb(int stream, String token, int references) {
        byte[] large = field("x-large", "b".repeat(3_900));
        large[0] = 0x40; // with incremental indexing
        byte[] many = new byte[references];
        Arrays.fill(many, NEWEST);
        byte[] block =
                new Frames().bytes(head("/", token)).bytes(large).bytes(many).toBytes();
        return frame(HEADERS, END_STREAM | END_HEADERS, stream, block);
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    static byte[] head(String path, String token) {
        return new Frames()
                .bytes(field(":method", "GET"))
                .bytes(field(":scheme", "http"))
                .bytes(field(":authority", "load.test"))
                .bytes(field(":path", path))
                .bytes(field("authorization", "Bearer " + token))
                .toBytes();
    }

    /** A literal without indexing (RFC 7541, section 6.2.2). */
    static byte[] field(String name, String value) {
        ByteArrayOutputStream field = new ByteArrayOutputStream();
        field.write(0);
        literal(field, name);
        literal(field, value);
        return field.toByteArray();
    }

    private static void literal(ByteArrayOutputStream to, String text) {
        int rest = text.length() - 127;
        to.write(Math.min(text.length(), 127));
        if (rest >= 0) {
            for (; rest >= 128; rest >>>= 7) {
                to.write(rest % 128 + 128);
            }
            to.write(rest);
        }
        to.writeBytes(text.getBytes(US_ASCII));
    }

    private Frames bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }
}
