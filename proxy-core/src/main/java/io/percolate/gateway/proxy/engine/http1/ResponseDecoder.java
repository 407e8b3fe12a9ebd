package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import java.util.List;

/**
 * Decodes the answers of one pod connection, each to the request that was announced by {@link #expect}.
 *
 * <p>Bytes that no request asked for come out as {@link Unsolicited}: they could only be taken for the answer to
 * somebody else's request, so the connection must be closed.
 */
public final class ResponseDecoder extends HttpResponseDecoder {
    /** Stands for bytes beyond the expected answers; nothing of them is kept. */
    public enum Unsolicited {
        BYTES
    }

    private final int statusLineBytesMax;
    private final int headerBytesMax;
    private final int contentBytesMax;
    private boolean expecting;
    /** Whether the next byte is the first of a head. */
    private boolean atHead;
    /** Of the body of a plain head; the rest of such an answer does not concern Netty either. */
    private long bytesLeft;

    private boolean answersHead;
    private boolean informational;

    public ResponseDecoder(int statusLineBytesMax, int headerBytesMax, int contentBytesMax) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(statusLineBytesMax)
                .setMaxHeaderSize(headerBytesMax)
                .setMaxChunkSize(contentBytesMax)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true)
                .setAllowDuplicateContentLengths(false));
        this.statusLineBytesMax = statusLineBytesMax;
        this.headerBytesMax = headerBytesMax;
        this.contentBytesMax = contentBytesMax;
    }

    /** Announces a request whose answer may come now. */
    public void expect(boolean head) {
        expecting = true;
        atHead = true;
        answersHead = head;
        informational = false;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (!expecting) {
            in.skipBytes(in.readableBytes());
            out.add(Unsolicited.BYTES);
            return;
        }
        if (bytesLeft > 0) {
            part(in, out);
            return;
        }
        if (atHead && !answersHead && plain(in, out)) {
            return;
        }
        atHead = false;
        super.decode(ctx, in, out);
        if (out.isEmpty()) {
            return;
        }
        if (out.getFirst() instanceof HttpResponse response) {
            informational =
                    response.decoderResult().isSuccess() && response.status().code() < 200;
        }
        if (out.getLast() instanceof LastHttpContent) {
            if (informational) {
                // Netty ends an interim answer like any other; it is not the end of this one.
                out.removeLast();
                atHead = true;
            } else {
                expecting = false;
            }
        }
    }

    private boolean plain(ByteBuf in, List<Object> out) {
        HttpResponse response = PlainHead.response(in, statusLineBytesMax, headerBytesMax);
        if (response == null) {
            return false;
        }
        atHead = false;
        out.add(response);
        bytesLeft = PlainHead.contentLength(response.headers());
        if (bytesLeft == 0) {
            expecting = false;
            out.add(LastHttpContent.EMPTY_LAST_CONTENT);
        } else {
            part(in, out);
        }
        return true;
    }

    private void part(ByteBuf in, List<Object> out) {
        int length = (int) Math.min(bytesLeft, Math.min(in.readableBytes(), contentBytesMax));
        if (length == 0) {
            return;
        }
        bytesLeft -= length;
        ByteBuf part = in.readRetainedSlice(length);
        if (bytesLeft == 0) {
            expecting = false;
            out.add(new DefaultLastHttpContent(part, EmptyHttpHeaders.INSTANCE));
        } else {
            out.add(new DefaultHttpContent(part));
        }
    }

    /** Netty takes white space after a name, and then even does without the colon. */
    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
        if (line[start + length] != ':') {
            throw new IllegalArgumentException("a field's name is followed by a colon");
        }
        return super.splitHeaderName(line, start, length);
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        return answersHead || super.isContentAlwaysEmpty(message);
    }
}
