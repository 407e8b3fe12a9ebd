package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.ForwardedRequest;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.proxy.engine.http2.AnswerBlock;
import org.jspecify.annotations.Nullable;

/**
 * One request's stream on a connection of HTTP/2 to a pod.
 *
 * <p>What it takes from the pod it gives credit for at once, unless the client does not take it: then no more than the
 * stream's window can come, while the connection's other streams go on.
 */
final class MultiplexedStream implements PodStream {
    private final MultiplexedConnection connection;
    private final boolean reused;
    private HttpMethod method = HttpMethod.GET;
    private @Nullable PodExchange exchange;
    private @Nullable Http2Stream stream;
    private @Nullable ResponseHead head;
    /** The request has ended, for all that we have to say. */
    private boolean ended;

    private boolean paused;
    private int uncredited;
    private long pendingBytes;
    private long received;

    /** @param reused whether the connection has carried another exchange before */
    MultiplexedStream(MultiplexedConnection connection, boolean reused) {
        this.connection = connection;
        this.reused = reused;
    }

    @Override
    public void begin(PodExchange begun, ForwardedRequest request) {
        exchange = begun;
        method = request.head().method();
        ended = request.head().framing() == BodyFraming.NONE;
        stream = connection.open(this, request, ended);
    }

    @Override
    public void write(ByteBuf part) {
        Http2Stream to = stream;
        if (to == null || ended) {
            part.release();
            return;
        }
        int length = part.readableBytes();
        pendingBytes += length;
        connection.write(to, part, false).addListener(written -> pendingBytes -= length);
    }

    @Override
    public void end(HttpHeaders trailers) {
        Http2Stream to = stream;
        if (to == null || ended) {
            return;
        }
        ended = true;
        if (trailers.isEmpty()) {
            connection.write(to, Unpooled.EMPTY_BUFFER, true);
        } else {
            connection.writeTrailers(to, trailers);
        }
    }

    @Override
    public void flush() {
        connection.flush();
    }

    @Override
    public boolean isWritable() {
        Http2Stream to = stream;
        return to != null && connection.isWritable(to);
    }

    @Override
    public long pendingBytes() {
        return pendingBytes;
    }

    @Override
    public void pauseRead() {
        paused = true;
    }

    @Override
    public void resumeRead() {
        paused = false;
        Http2Stream from = stream;
        int due = uncredited;
        if (from != null && due > 0) {
            uncredited = 0;
            connection.credit(from, due);
        }
    }

    /** The answer has ended; a pod that has not taken all of the request by now will not be sent the rest. */
    @Override
    public void answered(boolean keepAlive) {
        exchange = null;
        Http2Stream over = stream;
        if (over != null && pendingBytes > 0) {
            connection.flush();
            if (connection.hasUnsent(over)) {
                connection.reset(over, Http2Error.CANCEL);
            }
        }
    }

    @Override
    public void close() {
        exchange = null;
        reset(Http2Error.CANCEL);
    }

    @Override
    public boolean isReused() {
        return reused;
    }

    /** The end of an answer is always told here, so that nothing but it is one. */
    @Override
    public boolean isBroken() {
        return false;
    }

    @Nullable
    PodExchange exchange() {
        return exchange;
    }

    /** A header block has come: an interim head, the head, or trailers. */
    void headers(Http2Headers block, boolean last) {
        PodExchange current = exchange;
        if (current == null) {
            return;
        }
        if (head != null) {
            trailers(current, block, last);
            return;
        }
        HttpHeaders fields = AnswerBlock.fields(block, 1);
        ResponseHead checked =
                fields == null ? null : ResponseHead.ofBlock(AnswerBlock.status(block), fields, method, last);
        if (checked == null || (checked.status() < 200 && last)) {
            malformed("its head is not valid");
            return;
        }
        if (checked.status() >= 200) {
            head = checked;
        }
        current.responseHead(checked);
        // Who answers elsewhere, as with 421, has let go of the stream meanwhile.
        if (last && exchange != null) {
            content(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    private void trailers(PodExchange current, Http2Headers block, boolean last) {
        HttpHeaders fields = AnswerBlock.fields(block, 0);
        if (fields == null || !last || isShort()) {
            malformed("its trailers are not valid, or come too early");
        } else {
            current.responseContent(new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, fields));
        }
    }

    /**
     * A part of the answer's body has come; borrows it.
     *
     * @return how much credit it may be given for at once
     */
    int data(ByteBuf part, int padding, boolean last) {
        int length = part.readableBytes();
        ResponseHead of = head;
        if (exchange == null) {
            return length + padding;
        }
        received += length;
        if (of == null || isLong(of) || (last && isShort())) {
            malformed("its body is not as long as its head says");
            return length + padding;
        }
        if (last) {
            content(
                    length == 0
                            ? LastHttpContent.EMPTY_LAST_CONTENT
                            : new DefaultLastHttpContent(part.retain(), EmptyHttpHeaders.INSTANCE));
        } else if (length > 0) {
            content(new DefaultHttpContent(part.retain()));
        }
        if (paused && !last) {
            uncredited += length + padding;
            return 0;
        }
        return length + padding;
    }

    private void content(HttpContent part) {
        PodExchange current = exchange;
        if (current == null) {
            part.release();
        } else {
            current.responseContent(part);
        }
    }

    private boolean isLong(ResponseHead of) {
        return switch (of.framing()) {
            case NONE -> received > 0;
            case LENGTH -> received > of.contentLength();
            case CHUNKED, UNTIL_CLOSE -> false;
        };
    }

    private boolean isShort() {
        ResponseHead of = head;
        return of != null && of.framing() == BodyFraming.LENGTH && received < of.contentLength();
    }

    /** The pod broke the rules of the protocol, on this stream or on the connection. */
    void malformed(String how) {
        PodExchange current = exchange;
        exchange = null;
        reset(Http2Error.PROTOCOL_ERROR);
        if (current != null) {
            current.invalid(how);
        }
    }

    void writabilityChanged() {
        PodExchange current = exchange;
        if (current != null) {
            current.writabilityChanged();
        }
    }

    /** The pod ended the stream before its answer. */
    void resetByPod(long errorCode) {
        PodExchange current = exchange;
        exchange = null;
        stream = null;
        if (current == null) {
            return;
        }
        if (errorCode == Http2Error.REFUSED_STREAM.code()) {
            current.unprocessed(true);
        } else {
            current.reset(String.valueOf(Http2Error.valueOf(errorCode)));
        }
    }

    /**
     * The stream is no more.
     *
     * @param unprocessed whether the pod has said that it did not begin with it
     */
    void closed(boolean unprocessed) {
        PodExchange current = exchange;
        exchange = null;
        stream = null;
        if (current == null) {
            return;
        }
        if (unprocessed) {
            current.unprocessed(false);
        } else {
            current.closed(this);
        }
    }

    private void reset(Http2Error error) {
        Http2Stream with = stream;
        if (with != null) {
            stream = null;
            connection.reset(with, error);
        }
    }
}
