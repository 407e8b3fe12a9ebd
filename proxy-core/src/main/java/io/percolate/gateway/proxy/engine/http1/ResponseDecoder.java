package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
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
 *
 * <p>Beyond Netty's strict settings it refuses: obsolete line folding, status lines that are not exactly a version, three
 * digits and a reason (RFC 9112, sections 5.2 and 4), and several lengths also in HTTP/1.0 (section 6.3).
 */
public final class ResponseDecoder extends HttpResponseDecoder {
    /** Stands for bytes beyond the expected answers; nothing of them is kept. */
    public enum Unsolicited {
        BYTES
    }

    private static final int STATUS_DIGITS = 3;

    private final int statusLineBytesMax;
    private final int headerBytesMax;
    private final int contentBytesMax;
    private final FoldWatch folds = new FoldWatch();
    private boolean expecting;
    /** Whether the next byte is the first of a head. */
    private boolean atHead;
    /** Of the body of a plain head; the rest of such an answer does not concern Netty either. */
    private long bytesLeft;

    private boolean strayLineEnd;
    private int wordEnd;
    private int lengths;
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
        if (atHead && in.isReadable()) {
            atHead = false;
            lengths = 0;
            if (!answersHead && plain(in, out)) {
                return;
            }
            byte first = in.getByte(in.readerIndex());
            strayLineEnd = first == '\r' || first == '\n';
        }
        int start = in.readerIndex();
        super.decode(ctx, in, out);
        folds.decoded(in, start, out);
        if (out.isEmpty()) {
            return;
        }
        if (out.getFirst() instanceof HttpResponse response) {
            lengths = 0;
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
        AsciiString name = super.splitHeaderName(line, start, length);
        if (HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name) && ++lengths > 1) {
            throw new IllegalArgumentException("an answer has one Content-Length");
        }
        return name;
    }

    @Override
    protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
        String version = super.splitFirstWordInitialLine(line, start, length);
        // Netty takes the name of the protocol in any case, and passes over line ends before it.
        if (start != 0 || strayLineEnd || !version.startsWith("HTTP/")) {
            throw new IllegalArgumentException("a status line starts with the version of HTTP");
        }
        wordEnd = start + length;
        return version;
    }

    @Override
    protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
        String status = super.splitSecondWordInitialLine(line, start, length);
        if (start != wordEnd + 1
                || line[wordEnd] != ' '
                || length != STATUS_DIGITS
                || !status.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("a status is three digits between spaces");
        }
        wordEnd = start + length;
        return status;
    }

    @Override
    protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
        if (line[wordEnd] != ' ') {
            throw new IllegalArgumentException("a status is three digits between spaces");
        }
        return super.splitThirdWordInitialLine(line, start, length);
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        return answersHead || super.isContentAlwaysEmpty(message);
    }
}
