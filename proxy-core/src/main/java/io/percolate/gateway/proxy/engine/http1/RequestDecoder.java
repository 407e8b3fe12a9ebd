package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the requests of one client connection, one at a time, more strictly than Netty does by itself.
 *
 * <p>After the end of a request it stands still until {@link #resume}: what a client sends ahead stays undecoded bytes,
 * at most one read's worth, since reading pauses then too.
 *
 * <p>Beyond Netty's strict settings it refuses in heads: obsolete line folding, and request lines whose parts are not
 * separated by exactly one space (RFC 9112, sections 3 and 5.2).
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

    private static final byte LF = '\n';

    private final int requestLineBytesMax;
    private final int headerBytesMax;
    private State state = State.IDLE;
    private boolean decoding;
    private boolean lastByteWasLf;
    private boolean foldSeen;
    private int wordEnd;
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
            HttpRequest plain = PlainHead.request(in, requestLineBytesMax, headerBytesMax);
            if (plain != null) {
                out.add(plain);
                out.add(LastHttpContent.EMPTY_LAST_CONTENT);
                state = State.STANDING;
                return;
            }
            state = State.HEAD;
            lastByteWasLf = false;
            foldSeen = false;
            if (headBegins != null) {
                headBegins.run();
            }
        }
        int start = in.readerIndex();
        super.decode(ctx, in, out);
        if (state == State.HEAD) {
            foldSeen |= sawFold(in, start);
            if (!out.isEmpty() && out.getFirst() instanceof HttpMessage message) {
                state = State.BODY;
                if (foldSeen && message.decoderResult().isSuccess()) {
                    message.setDecoderResult(DecoderResult.failure(
                            new IllegalArgumentException("a header line must not begin with white space")));
                }
            }
        }
        if (!out.isEmpty() && out.getLast() instanceof LastHttpContent) {
            state = State.STANDING;
        }
    }

    @Override
    protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
        if (start != 0) {
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

    /** Whether a line among the bytes decoded since {@code start} begins with white space. */
    private boolean sawFold(ByteBuf in, int start) {
        int end = in.readerIndex();
        if (end == start) {
            return false;
        }
        boolean seen = lastByteWasLf && isBlank(in.getByte(start));
        int lf = in.indexOf(start, end - 1, LF);
        while (lf >= 0 && !seen) {
            seen = isBlank(in.getByte(lf + 1));
            lf = in.indexOf(lf + 1, end - 1, LF);
        }
        lastByteWasLf = in.getByte(end - 1) == LF;
        return seen;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private void requireOneSpace(byte[] line, int start) {
        if (start != wordEnd + 1 || line[wordEnd] != ' ') {
            throw new IllegalArgumentException("the parts of a request line are separated by one space");
        }
    }
}
