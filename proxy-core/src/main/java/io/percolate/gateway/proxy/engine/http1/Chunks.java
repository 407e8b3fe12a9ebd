package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;

/** Writes bodies in the chunked transfer coding (RFC 9112, section 7.1). */
public final class Chunks {
    private static final ByteBuf CRLF = constant("\r\n");
    private static final ByteBuf LAST = constant("0\r\n\r\n");
    private static final int SIZE_LINE_LENGTH_MAX = 10;

    private Chunks() {}

    /** Writes a chunk, without flushing; takes the content, which must not be empty. */
    public static void write(Channel channel, ByteBuf content, ChannelPromise promise) {
        ByteBuf size = channel.alloc().directBuffer(SIZE_LINE_LENGTH_MAX);
        ByteBufUtil.writeAscii(size, Integer.toHexString(content.readableBytes()));
        ByteBufUtil.writeShortBE(size, ('\r' << 8) | '\n');
        channel.write(size, channel.voidPromise());
        channel.write(content, channel.voidPromise());
        channel.write(CRLF.duplicate(), promise);
    }

    /** Writes the end of a body, without flushing, with those trailers that may pass. */
    public static void writeLast(Channel channel, HttpHeaders trailers, ChannelPromise promise) {
        channel.write(trailers.isEmpty() ? LAST.duplicate() : last(channel.alloc(), trailers), promise);
    }

    private static ByteBuf last(ByteBufAllocator allocator, HttpHeaders trailers) {
        HeadBytes out = new HeadBytes().start().add('0').crlf();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> fields = trailers.iteratorCharSequence();
                fields.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            AsciiString name = ResponseHead.ascii(field.getKey());
            if (HeaderRules.passesInTrailers(name)) {
                out.field(name, field.getValue().toString());
            }
        }
        return out.crlf().toBuffer(allocator, 0);
    }

    private static ByteBuf constant(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(bytes.length).writeBytes(bytes).asReadOnly());
    }
}
