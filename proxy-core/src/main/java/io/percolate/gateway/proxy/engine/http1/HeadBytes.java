package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Scratch space in which an event loop puts together the head of a message, copied out whole.
 *
 * <p>An array rather than a buffer because that is what strings copy themselves into with one intrinsic. Not safe for
 * use by several threads.
 */
public final class HeadBytes implements HeadForm {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final AsciiString TRACEPARENT_BEGUN = AsciiString.cached("traceparent: 00-");
    private static final int CAPACITY = 4 << 10;
    /** Beyond this the space is given back after use: one large head must not cost every loop for ever. */
    private static final int CAPACITY_KEPT = 64 << 10;

    private byte[] bytes = new byte[CAPACITY];
    private int length;

    public HeadBytes start() {
        length = 0;
        return this;
    }

    public HeadBytes add(AsciiString text) {
        int added = text.length();
        reserve(added);
        System.arraycopy(text.array(), text.arrayOffset(), bytes, length, added);
        length += added;
        return this;
    }

    /** Adds the low byte of each character: what Netty decoded a field's value from. */
    @SuppressWarnings("deprecation") // The one copy of Latin-1 strings that is an intrinsic and allocates nothing.
    public HeadBytes add(String text) {
        int added = text.length();
        reserve(added);
        text.getBytes(0, added, bytes, length);
        length += added;
        return this;
    }

    public HeadBytes add(char c) {
        reserve(1);
        bytes[length++] = (byte) c;
        return this;
    }

    public HeadBytes crlf() {
        reserve(2);
        bytes[length++] = '\r';
        bytes[length++] = '\n';
        return this;
    }

    public HeadBytes decimal(long value) {
        if (value >= 0 && value < 10) {
            return add((char) ('0' + value));
        }
        return add(Long.toString(value));
    }

    /** Adds 16 hexadecimal digits. */
    public HeadBytes hex(long value) {
        reserve(16);
        for (int shift = 60; shift >= 0; shift -= 4) {
            bytes[length++] = HEX[(int) (value >>> shift) & 0xf];
        }
        return this;
    }

    @Override
    public HeadBytes field(AsciiString name, CharSequence value) {
        add(name).add(':').add(' ');
        return (value instanceof AsciiString ascii ? add(ascii) : add(value.toString())).crlf();
    }

    @Override
    public HeadBytes field(AsciiString name, long value) {
        return add(name).add(':').add(' ').decimal(value).crlf();
    }

    @Override
    public HeadBytes fields(FixedFields fixed) {
        return add(fixed.lines());
    }

    @Override
    public HeadBytes traceparent(long traceHigh, long traceLow, long spanId) {
        add(TRACEPARENT_BEGUN).hex(traceHigh).hex(traceLow).add('-').hex(spanId);
        return add("-01").crlf();
    }

    /** The head as a buffer, which the caller must release, with room for some more bytes. */
    public ByteBuf toBuffer(ByteBufAllocator allocator, int room) {
        ByteBuf buffer = allocator.directBuffer(length + room);
        buffer.writeBytes(bytes, 0, length);
        if (bytes.length > CAPACITY_KEPT) {
            bytes = new byte[CAPACITY];
        }
        return buffer;
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
