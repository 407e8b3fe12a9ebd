package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.proxy.engine.http2.HeaderList;
import io.percolate.gateway.proxy.engine.websocket.TunnelEnd;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel;
import io.percolate.gateway.routing.failure.Failure;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request of a client that speaks HTTP/2: a stream of its connection.
 *
 * <p>Flow control is what paces it: bytes of the request that its exchange cannot take stay here and their credit is
 * not given back, so that there are never more than one window of them. Of the answer, the head and the last part are
 * kept until it is known whether they end it.
 */
final class Http2ClientStream implements ClientStream, ChannelFutureListener {
    private final Http2ClientConnection connection;
    private final Http2Stream stream;
    private final LoopTimer.Deadline deadline;
    private @Nullable HttpExchange exchange;
    private boolean paused;
    /** What came of the body while it was paused. */
    private @Nullable ByteBuf held;

    private @Nullable HttpHeaders heldEnd;
    private @Nullable Http2Headers head;
    private @Nullable ByteBuf part;
    private long waitingBytes;
    private @Nullable GenericFutureListener<Future<? super Void>> whenWritten;
    private boolean begun;
    private boolean ended;
    private boolean closed;
    /** Takes all that comes of a stream that is asked to carry a WebSocket; null for every other. */
    private @Nullable Http2TunnelEnd connect;

    Http2ClientStream(Http2ClientConnection connection, Http2Stream stream) {
        this.connection = connection;
        this.stream = stream;
        this.deadline = new LoopTimer.Deadline(connection.loop().timer()) {
            @Override
            void expired(long nowNanos) {
                HttpExchange current = exchange;
                if (current != null) {
                    current.expired(nowNanos);
                }
            }
        };
    }

    /** The request under way; null when it is over. */
    @Nullable
    HttpExchange exchange() {
        return exchange;
    }

    /** Takes a request, which begins at the latest when what has been read is looked through. */
    void take(RequestHead request, @Nullable Failure refusal) {
        exchange = new HttpExchange(this, request, refusal);
    }

    /** Lets the request begin, unless the client has taken it back in the same read: then no pod hears of it. */
    void begin() {
        HttpExchange current = exchange;
        if (current != null && !begun) {
            begun = true;
            current.begin();
        }
    }

    /** Begins with the handshake of a WebSocket, which ends with its head: what follows it is the WebSocket's. */
    void beginConnect(RequestHead handshake) {
        connect = new Http2TunnelEnd(connection, stream);
        take(handshake, null);
        begin();
        HttpExchange current = exchange;
        if (current != null) {
            current.content(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    /** Leaves a record of a request that no exchange is made of. */
    void recordMalformed(RequestHead request, Failure malformation) {
        loop().load().requestBegan();
        new HttpExchange(this, request, malformation).refuseUnanswered(malformation);
    }

    /** Ends the request, of which something has come that makes none of it; the stream is about to be reset. */
    void malformed(Failure malformation) {
        HttpExchange current = exchange;
        // One whose answer is written hears of its end by that.
        if (current != null && !ended) {
            countUnbegun();
            current.refuseUnanswered(malformation);
            over();
        }
    }

    /** One that ends before it begins is a request in the record as well. */
    private void countUnbegun() {
        if (!begun) {
            begun = true;
            loop().load().requestBegan();
        }
    }

    /** Whether it was asked to carry a WebSocket. */
    boolean isConnect() {
        return connect != null;
    }

    /** A part of the request's body has come; borrows it. Answers how many of its bytes have found their place. */
    int received(ByteBuf data, boolean last) {
        Http2TunnelEnd end = connect;
        if (end != null) {
            return end.received(data, last);
        }
        begin();
        int length = data.readableBytes();
        HttpExchange current = exchange;
        if (current == null) {
            return length;
        }
        if (paused || held != null) {
            hold(data);
            if (last) {
                heldEnd = EmptyHttpHeaders.INSTANCE;
            }
            return 0;
        }
        if (last) {
            current.content(
                    length == 0
                            ? LastHttpContent.EMPTY_LAST_CONTENT
                            : new DefaultLastHttpContent(data.retain(), EmptyHttpHeaders.INSTANCE));
        } else if (length > 0) {
            current.content(new DefaultHttpContent(data.retain()));
        }
        return length;
    }

    /** The request's trailers have come, and with them its end. */
    void receivedEnd(HttpHeaders trailers) {
        HttpExchange current = exchange;
        if (current != null && (paused || held != null)) {
            heldEnd = trailers;
        } else if (current != null) {
            current.content(new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
        }
    }

    /** Copied, for many small parts would hold on to much larger buffers. */
    private void hold(ByteBuf data) {
        if (data.isReadable()) {
            ByteBuf to = held;
            if (to == null) {
                to = alloc().buffer(data.readableBytes());
                held = to;
            }
            to.writeBytes(data, data.readerIndex(), data.readableBytes());
        }
    }

    /** The read that brought something for this stream, or in which something was written to it, is over. */
    void readComplete() {
        HttpExchange current = exchange;
        if (current != null) {
            current.readComplete();
        }
        settle();
        Http2TunnelEnd end = connect;
        if (end != null) {
            end.readComplete();
        }
    }

    /** The client may take more of the answer now, or no more. */
    void writabilityChanged() {
        HttpExchange current = exchange;
        if (current != null && !closed) {
            current.clientWritabilityChanged();
        }
        Http2TunnelEnd end = connect;
        if (end != null) {
            end.writabilityChanged();
        }
    }

    /** So many bytes of the answer wait for the client's window, or for the connection. */
    void waits(long bytes) {
        waitingBytes = bytes;
        Http2TunnelEnd end = connect;
        if (end != null) {
            end.waits(bytes);
        }
    }

    /** The stream is closed for both sides, or gone with its connection. */
    void closed() {
        closed = true;
        release();
        Http2TunnelEnd end = connect;
        if (end != null) {
            end.closed();
        }
        HttpExchange current = exchange;
        // One whose answer is written hears of its end by that: the last bytes may still be on their way.
        if (current != null && !ended) {
            countUnbegun();
            over();
            current.clientGone();
        }
    }

    /** The last of the answer has gone to the socket, or cannot. */
    @Override
    public void operationComplete(ChannelFuture written) throws Exception {
        GenericFutureListener<Future<? super Void>> listener = whenWritten;
        whenWritten = null;
        if (listener != null) {
            listener.operationComplete(written);
        }
        over();
    }

    @Override
    public EdgeLoop loop() {
        return connection.loop();
    }

    @Override
    public ClientPeer peer() {
        return connection.peer();
    }

    /** RFC 9113, section 5.1.1: clients number their streams from 1 on. */
    @Override
    public boolean isFirst() {
        return stream.id() == 1;
    }

    @Override
    public boolean isShed() {
        return connection.isShed();
    }

    @Override
    public ByteBufAllocator alloc() {
        return connection.channel().alloc();
    }

    /** Whoever does not flush because of this is flushed at the read's end, also where another stream was read. */
    @Override
    public boolean isReading() {
        connection.touched(this);
        return connection.isReading();
    }

    @Override
    public boolean isWritable() {
        ByteBuf last = part;
        return !closed && connection.isWritable(stream, last == null ? 0 : waitingBytes + last.readableBytes());
    }

    /** What waits for the client's window is this stream's own; else the whole connection waits for its socket. */
    @Override
    public long pendingBytes() {
        ByteBuf last = part;
        long own = waitingBytes + (last == null ? 0 : last.readableBytes());
        return own > 0 ? own : ClientConnection.pendingBytes(connection.channel());
    }

    @Override
    public void deadlineAt(long nanos) {
        deadline.set(nanos);
    }

    @Override
    public void pauseRead() {
        paused = true;
    }

    @Override
    public void resumeRead() {
        if (!paused || closed) {
            return;
        }
        paused = false;
        ByteBuf due = held;
        HttpHeaders end = heldEnd;
        HttpExchange current = exchange;
        if (current == null || (due == null && end == null)) {
            return;
        }
        held = null;
        heldEnd = null;
        int length = due == null ? 0 : due.readableBytes();
        ByteBuf bytes = due == null ? Unpooled.EMPTY_BUFFER : due;
        current.content(end == null ? new DefaultHttpContent(bytes) : new DefaultLastHttpContent(bytes, end));
        connection.consumed(stream, length);
        if (!isReading()) {
            current.readComplete();
        }
    }

    @Override
    public boolean isReadPaused() {
        return paused;
    }

    @Override
    public void writeInterim(ResponseHead interim) {
        if (!closed) {
            HeaderList list = HeaderList.answer(interim.status());
            interim.writeInterimFields(list);
            connection.touched(this);
            connection.writeHeaders(stream, list.headers(), false, connection.newPromise());
        }
    }

    @Override
    public void writeHead(
            ResponseHead podHead, BodyFraming framing, String requestId, ResponseHead.Connection ignored) {
        HeaderList list = HeaderList.answer(podHead.status());
        podHead.writeFields(list, framing, requestId);
        begin(list);
    }

    @Override
    public void writeOwnHead(
            int status,
            Map<String, String> fields,
            String requestId,
            ResponseHead.Connection ignored,
            boolean bodyFollows) {
        HeaderList list = HeaderList.answer(status);
        ResponseHead.writeOwnFields(list, fields, requestId);
        begin(list);
    }

    private void begin(HeaderList list) {
        if (!closed) {
            head = list.headers();
            connection.touched(this);
        }
    }

    @Override
    public void writePart(ByteBuf bytes, BodyFraming framing) {
        if (closed) {
            bytes.release();
            return;
        }
        settle();
        part = bytes;
        connection.touched(this);
    }

    @Override
    public void writeEnd(
            HttpHeaders trailers, BodyFraming framing, GenericFutureListener<Future<? super Void>> listener) {
        ChannelPromise promise = connection.newPromise();
        whenWritten = listener;
        promise.addListener(this);
        ended = true;
        if (closed) {
            promise.setFailure(new ClosedChannelException());
            return;
        }
        Http2Headers last = framing == BodyFraming.CHUNKED ? HeaderList.trailers(trailers) : null;
        ByteBuf lastPart = part;
        Http2Headers onlyHead = head;
        connection.touched(this);
        if (last != null) {
            settle();
            connection.writeHeaders(stream, last, true, promise);
        } else if (onlyHead != null && lastPart == null) {
            head = null;
            connection.writeHeaders(stream, onlyHead, true, promise);
        } else {
            part = null;
            settle();
            connection.writeData(stream, lastPart == null ? Unpooled.EMPTY_BUFFER : lastPart, true, promise);
        }
    }

    /** Writes what is kept, without an end. */
    private void settle() {
        Http2Headers dueHead = head;
        if (dueHead != null) {
            head = null;
            connection.writeHeaders(stream, dueHead, false, connection.newPromise());
        }
        ByteBuf duePart = part;
        if (duePart != null) {
            part = null;
            if (closed) {
                duePart.release();
            } else {
                connection.writeData(stream, duePart, false, connection.newPromise());
            }
        }
    }

    @Override
    public void flush() {
        settle();
        connection.flush();
    }

    @Override
    public TunnelEnd switchProtocols(ResponseHead podHead, String requestId, @Nullable String protocol) {
        HeaderList list = HeaderList.answer(HttpResponseStatus.OK.code());
        podHead.writeConnectedFields(list, requestId, protocol);
        begin(list);
        flush();
        return Objects.requireNonNull(connect);
    }

    @Override
    public void openTunnel(WebSocketTunnel tunnel) {
        exchange = null;
        deadline.cancel();
        Objects.requireNonNull(connect).open(tunnel);
    }

    @Override
    public void exchangeOver(boolean keepAlive, boolean uploadComplete, long bodyBytesLeft) {
        over();
        boolean connectRefused = connect != null && stream.state().remoteSideOpen();
        if ((!uploadComplete || connectRefused) && !closed) {
            // RFC 9113, section 8.1: the answer is whole, and the rest of the request is not wanted.
            closed = true;
            connection.reset(stream, Http2Error.NO_ERROR);
        }
    }

    @Override
    public void abort(boolean byReset) {
        over();
        if (!closed) {
            closed = true;
            connection.reset(stream, Http2Error.INTERNAL_ERROR);
        }
    }

    private void over() {
        exchange = null;
        deadline.cancel();
        release();
        Http2TunnelEnd end = connect;
        if (end != null) {
            end.refused();
        }
    }

    private void release() {
        head = null;
        ByteBuf unsent = part;
        part = null;
        if (unsent != null) {
            unsent.release();
        }
        ByteBuf unread = held;
        held = null;
        heldEnd = null;
        if (unread != null) {
            int length = unread.readableBytes();
            unread.release();
            if (!closed) {
                connection.consumed(stream, length);
            }
        }
    }
}
