package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages on their way to one connection: heads, and bodies as they are or in the chunked transfer coding (RFC 9112,
 * section 7.1).
 *
 * <p>A head has some room behind it, and what follows joins it while it fits: a small message is then one buffer, one
 * entry of the channel's queue and a plain send, where each buffer of a vectored write costs the kernel more than the
 * copying of a few hundred bytes. Nothing waits for long: every flush takes the head along. Not safe for use by several
 * threads.
 */
public final class JoinedWrites {
    /** Room for what may join a head. */
    static final int ROOM = 2 << 10;

    private static final ByteBuf CRLF = constant("\r\n");
    private static final ByteBuf LAST_CHUNK = constant("0\r\n\r\n");
    private static final int LAST_CHUNK_LENGTH = 5;
    /** Of the line that gives a chunk's size, with its end. */
    private static final int SIZE_LINE_LENGTH_MAX = 10;

    private static final int CRLF_BYTES = ('\r' << 8) | '\n';

    private final Channel channel;
    /** What the channel has not got yet. */
    private @Nullable ByteBuf open;

    public JoinedWrites(Channel channel) {
        this.channel = channel;
    }

    public void head(HeadBytes head, boolean bodyFollows) {
        settle();
        open = head.toBuffer(channel.alloc(), bodyFollows ? ROOM : 0);
    }

    /** Writes a part as it is; takes it. */
    public void part(ByteBuf part) {
        ByteBuf joined = open;
        if (joined != null && part.readableBytes() <= joined.writableBytes()) {
            joined.writeBytes(part);
            part.release();
        } else {
            settle();
            channel.write(part, channel.voidPromise());
        }
    }

    /** Writes a part, which must not be empty, as a chunk; takes it. */
    public void chunk(ByteBuf part) {
        int length = part.readableBytes();
        ByteBuf joined = open;
        if (joined != null && SIZE_LINE_LENGTH_MAX + length + 2 <= joined.writableBytes()) {
            writeSizeLine(joined, length);
            joined.writeBytes(part);
            part.release();
            ByteBufUtil.writeShortBE(joined, CRLF_BYTES);
            return;
        }
        settle();
        ByteBuf sizeLine = channel.alloc().directBuffer(SIZE_LINE_LENGTH_MAX);
        writeSizeLine(sizeLine, length);
        channel.write(sizeLine, channel.voidPromise());
        channel.write(part, channel.voidPromise());
        channel.write(CRLF.duplicate(), channel.voidPromise());
    }

    /** Writes the end of a chunked body, with those trailers that may pass. */
    public void lastChunk(HttpHeaders trailers, ChannelPromise written) {
        ByteBuf joined = open;
        if (!trailers.isEmpty()) {
            settle();
            channel.write(lastChunk(trailers), written);
        } else if (joined != null && LAST_CHUNK_LENGTH <= joined.writableBytes()) {
            joined.writeBytes(LAST_CHUNK.duplicate());
            end(written);
        } else {
            settle();
            channel.write(LAST_CHUNK.duplicate(), written);
        }
    }

    /** Ends a message; the promise tells when the socket has all of it. */
    public void end(ChannelPromise written) {
        ByteBuf last = open;
        open = null;
        channel.write(last == null ? Unpooled.EMPTY_BUFFER : last, written);
    }

    public void flush() {
        settle();
        channel.flush();
    }

    /** Lets go what the channel has not got. */
    public void release() {
        ByteBuf unwanted = open;
        open = null;
        if (unwanted != null) {
            unwanted.release();
        }
    }

    private void settle() {
        ByteBuf due = open;
        if (due != null) {
            open = null;
            channel.write(due, channel.voidPromise());
        }
    }

    private static void writeSizeLine(ByteBuf to, int length) {
        ByteBufUtil.writeAscii(to, Integer.toHexString(length));
        ByteBufUtil.writeShortBE(to, CRLF_BYTES);
    }

    private ByteBuf lastChunk(HttpHeaders trailers) {
        HeadBytes out = new HeadBytes().start().add('0').crlf();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> fields = trailers.iteratorCharSequence();
                fields.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            AsciiString name = ResponseHead.ascii(field.getKey());
            if (HeaderRules.passesInTrailers(name)) {
                out.field(name, field.getValue());
            }
        }
        return out.crlf().toBuffer(channel.alloc(), 0);
    }

    private static ByteBuf constant(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(bytes.length).writeBytes(bytes).asReadOnly());
    }
}
