package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the requests of one client connection, one at a time, more strictly than Netty does by itself.
 *
 * <p>After the end of a request it stands still until {@link #resume}: what a client sends ahead stays undecoded bytes,
 * at most one read's worth, since reading pauses then too.
 *
 * <p>Beyond Netty's strict settings it refuses: obsolete line folding in heads and trailers, request lines whose parts
 * are not separated by exactly one space, half an empty line before a request (RFC 9112, sections 5.2, 3 and 2.2),
 * several lengths also in HTTP/1.0, where Netty drops all but the first (section 6.3), and lines of chunks that are not
 * to the letter of section 7.1.
 */
public final class RequestDecoder extends HttpRequestDecoder {
    private enum State {
        /** Between requests; no byte of the next one has come. */
        IDLE,
        HEAD,
        BODY,
        /** A whole request is out and not yet answered. */
        STANDING
    }

    private static final byte CR = '\r';
    private static final byte LF = '\n';

    private final int requestLineBytesMax;
    private final int headerBytesMax;
    private State state = State.IDLE;
    private boolean decoding;
    private final FoldWatch folds = new FoldWatch();
    private final ChunkWatch chunks = new ChunkWatch();
    private boolean strayLineEnd;
    private int wordEnd;
    private int lengths;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Runnable headBegins;

    public RequestDecoder(int requestLineBytesMax, int headerBytesMax, int contentBytesMax) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(requestLineBytesMax)
                .setMaxHeaderSize(headerBytesMax)
                .setMaxChunkSize(contentBytesMax)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true)
                .setAllowDuplicateContentLengths(false));
        this.requestLineBytesMax = requestLineBytesMax;
        this.headerBytesMax = headerBytesMax;
    }

    /** Calls this on the event loop when the first bytes of a request come and are not a whole head at once. */
    public void onHeadBegins(Runnable listener) {
        headBegins = listener;
    }

    /** Whether the client has sent bytes beyond the request that is being answered. */
    public boolean hasUndecoded() {
        return actualReadableBytes() > 0;
    }

    /** Goes on to the next request; call it when the last one is answered and all of it was decoded. */
    public void resume() {
        ChannelHandlerContext ctx = context;
        if (ctx == null || state != State.STANDING) {
            return;
        }
        state = State.IDLE;
        if (!ctx.channel().config().isAutoRead()) {
            ctx.channel().config().setAutoRead(true);
        }
        // While decoding, the decoder's own loop goes on by itself; recursion would be as deep as the pipeline is long.
        if (!decoding && hasUndecoded()) {
            try {
                channelRead(ctx, Unpooled.EMPTY_BUFFER);
                ctx.fireChannelReadComplete();
            } catch (Exception failed) {
                ctx.fireExceptionCaught(failed);
            }
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object input) throws Exception {
        decoding = true;
        try {
            super.channelRead(ctx, input);
        } finally {
            decoding = false;
        }
        if (state == State.STANDING && hasUndecoded()) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        if (state == State.STANDING) {
            // Netty's would read on when a read gave no message, which here is as it should be.
            ctx.fireChannelReadComplete();
        } else {
            super.channelReadComplete(ctx);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (state == State.STANDING) {
            return;
        }
        if (state == State.IDLE) {
            if (!passEmptyLines(in)) {
                return;
            }
            HttpRequest plain = PlainHead.request(in, requestLineBytesMax, headerBytesMax);
            if (plain != null) {
                out.add(plain);
                out.add(LastHttpContent.EMPTY_LAST_CONTENT);
                state = State.STANDING;
                return;
            }
            state = State.HEAD;
            lengths = 0;
            if (headBegins != null) {
                headBegins.run();
            }
        }
        int start = in.readerIndex();
        super.decode(ctx, in, out);
        folds.decoded(in, start, out);
        if (state == State.BODY && !chunks.passes(in, start, in.readerIndex())) {
            breakBody(out);
        }
        if (state == State.HEAD && !out.isEmpty()) {
            state = State.BODY;
            if (out.getFirst() instanceof HttpRequest request && HttpUtil.isTransferEncodingChunked(request)) {
                chunks.begin();
            }
        }
        if (!out.isEmpty() && out.getLast() instanceof LastHttpContent) {
            state = State.STANDING;
        }
    }

    @Override
    protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
        if (start != 0 || strayLineEnd) {
            throw new IllegalArgumentException("a request line starts with its method");
        }
        wordEnd = start + length;
        return super.splitFirstWordInitialLine(line, start, length);
    }

    @Override
    protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
        requireOneSpace(line, start);
        wordEnd = start + length;
        return super.splitSecondWordInitialLine(line, start, length);
    }

    @Override
    protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
        requireOneSpace(line, start);
        String version = super.splitThirdWordInitialLine(line, start, length);
        // Netty takes the name of the protocol in any case.
        if (!version.startsWith("HTTP/")) {
            throw new IllegalArgumentException("a request line ends with the version of HTTP");
        }
        return version;
    }

    /** Ends the body here, as Netty does with chunks that it cannot read. */
    private static void breakBody(List<Object> out) {
        out.forEach(ReferenceCountUtil::release);
        out.clear();
        LastHttpContent broken = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
        broken.setDecoderResult(DecoderResult.failure(
                new IllegalArgumentException("a chunk begins with a line of its size and extensions")));
        out.add(broken);
    }

    /** Passes over empty lines before a request (RFC 9112, section 2.2); false when nothing else has come yet. */
    private boolean passEmptyLines(ByteBuf in) {
        while (in.isReadable()) {
            byte first = in.getByte(in.readerIndex());
            if (first != CR) {
                strayLineEnd = first == LF;
                return true;
            }
            if (in.readableBytes() < 2) {
                return false;
            }
            if (in.getByte(in.readerIndex() + 1) != LF) {
                strayLineEnd = true;
                return true;
            }
            in.skipBytes(2);
        }
        return false;
    }

    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
        AsciiString name = super.splitHeaderName(line, start, length);
        if (state == State.HEAD && HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name) && ++lengths > 1) {
            throw new IllegalArgumentException("a request has one Content-Length");
        }
        return name;
    }

    private void requireOneSpace(byte[] line, int start) {
        if (start != wordEnd + 1 || line[wordEnd] != ' ') {
            throw new IllegalArgumentException("the parts of a request line are separated by one space");
        }
    }
}
