package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import io.percolate.gateway.proxy.engine.websocket.TunnelEnd;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel.Side;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The end of a tunnel that is a client's stream of HTTP/2 (RFC 8441): DATA is the WebSocket's bytes, END_STREAM what FIN is
 * to TCP, RST_STREAM with CANCEL what RST is.
 *
 * <p>From the request on it takes what comes; until the tunnel is open and wherever that pauses, bytes wait here without
 * credit, so that there is never more than one window of them. Of the other direction it keeps what the stream's window has
 * no room for: in Netty's hands such bytes would count against the whole connection, and so stop the streams beside it.
 */
final class Http2TunnelEnd implements TunnelEnd {
    private final Http2ClientConnection connection;
    private final Http2Stream stream;
    private final LoopTimer.Deadline lingering;
    private final ArrayDeque<ByteBuf> unsent = new ArrayDeque<>(0);
    private long unsentBytes;
    /** Of those given to the connection, which it has not written. */
    private long waitingBytes;

    private @Nullable WebSocketTunnel tunnel;
    private @Nullable ByteBuf held;
    private boolean inputEnded;
    private boolean paused = true;
    private boolean due;
    private long droppedBytes;
    /** Nothing more goes into the tunnel, and nothing more will be said by it. */
    private boolean ended;

    private boolean closed;

    Http2TunnelEnd(Http2ClientConnection connection, Http2Stream stream) {
        this.connection = connection;
        this.stream = stream;
        this.lingering = new LoopTimer.Deadline(connection.loop().timer()) {
            @Override
            void expired(long nowNanos) {
                // What it was told it has, or has never made room for.
                reset(stream.state().localSideOpen() ? Http2Error.CANCEL : Http2Error.NO_ERROR);
            }
        };
    }

    /** Lets what has come and will come go into the tunnel. */
    void open(WebSocketTunnel through) {
        tunnel = through;
        resumeRead();
    }

    /** There will be no tunnel. */
    void refused() {
        ended = true;
        releaseHeld();
    }

    /** Bytes have come; borrows them. Answers how many have found their place. */
    int received(ByteBuf data, boolean last) {
        int length = data.readableBytes();
        if (ended) {
            droppedBytes += length;
            if (droppedBytes > ClientConnection.LINGER_BYTES_MAX) {
                reset(Http2Error.CANCEL);
            }
            return length;
        }
        inputEnded |= last;
        if (paused || due) {
            hold(data);
            return 0;
        }
        if (length > 0) {
            open().received(Side.CLIENT, data.retain());
        }
        tellInputEnded();
        return length;
    }

    /** Copied, for many small parts would hold on to much larger buffers. */
    private void hold(ByteBuf data) {
        if (data.isReadable()) {
            ByteBuf to = held;
            if (to == null) {
                to = connection.channel().alloc().buffer(data.readableBytes());
                held = to;
            }
            to.writeBytes(data, data.readerIndex(), data.readableBytes());
        }
    }

    /** The read that brought something is over. */
    void readComplete() {
        WebSocketTunnel through = tunnel;
        if (!ended && through != null) {
            through.readComplete(Side.CLIENT);
        }
    }

    @Override
    public void pauseRead() {
        paused = true;
    }

    /** Gives what was held into the tunnel later, as from a socket: it may be the tunnel that says so. */
    @Override
    public void resumeRead() {
        if (paused && !closed) {
            paused = false;
            if (!due && (held != null || inputEnded)) {
                due = true;
                connection.loop().eventLoop().execute(this::deliver);
            }
        }
    }

    private void deliver() {
        due = false;
        if (paused || ended) {
            return;
        }
        ByteBuf bytes = held;
        held = null;
        if (bytes != null) {
            int length = bytes.readableBytes();
            open().received(Side.CLIENT, bytes);
            giveCredit(length);
        }
        tellInputEnded();
        readComplete();
    }

    private void tellInputEnded() {
        if (inputEnded && !paused && !ended) {
            inputEnded = false;
            open().inputEnded(Side.CLIENT);
            if (open().isOver() && !ended) {
                end();
            }
        }
    }

    @Override
    public void write(ByteBuf bytes) {
        if (closed || !bytes.isReadable()) {
            bytes.release();
            return;
        }
        unsent.addLast(bytes);
        unsentBytes += bytes.readableBytes();
        send(false);
    }

    /** Sends what the stream's window has room for, or all of it. */
    private void send(boolean all) {
        for (ByteBuf next = unsent.peekFirst(); next != null; next = unsent.peekFirst()) {
            long room = all ? Long.MAX_VALUE : connection.window(stream) - waitingBytes;
            if (room <= 0) {
                return;
            }
            boolean whole = next.readableBytes() <= room;
            ByteBuf part = whole ? unsent.removeFirst() : next.readRetainedSlice((int) room);
            unsentBytes -= part.readableBytes();
            connection.writeData(stream, part, false, connection.newPromise());
        }
    }

    /** So many bytes wait in the connection. */
    void waits(long bytes) {
        waitingBytes = bytes;
    }

    /** The client takes more, or no more. Sent later: this comes from amidst the connection's own writing. */
    void writabilityChanged() {
        WebSocketTunnel through = tunnel;
        if (closed || ended || through == null) {
            return;
        }
        if (unsent.isEmpty()) {
            through.writabilityChanged(Side.CLIENT);
        } else if (connection.window(stream) > waitingBytes) {
            connection.loop().eventLoop().execute(this::sendOn);
        }
    }

    private void sendOn() {
        if (!closed && !ended) {
            send(false);
            flush();
            open().writabilityChanged(Side.CLIENT);
        }
    }

    @Override
    public void flush() {
        if (!closed) {
            connection.flush();
        }
    }

    @Override
    public boolean isWritable() {
        return !closed && unsent.isEmpty() && connection.isWritable(stream, waitingBytes);
    }

    /** Of this stream alone: whether the socket takes anything is the connection's own affair. */
    @Override
    public long pendingBytes() {
        return unsentBytes + waitingBytes;
    }

    @Override
    public void end() {
        ended = true;
        releaseHeld();
        if (closed) {
            return;
        }
        // Both bounded by this: what the client has no room for, and its own end.
        lingering.set(System.nanoTime() + ClientConnection.LINGER.toNanos());
        send(true);
        connection.writeData(stream, Unpooled.EMPTY_BUFFER, true, connection.newPromise());
        flush();
    }

    @Override
    public void abort() {
        ended = true;
        reset(Http2Error.CANCEL);
    }

    private void reset(Http2Error error) {
        if (!closed) {
            close();
            connection.reset(stream, error);
        }
    }

    /** The stream is closed for both sides, or gone with its connection. */
    void closed() {
        WebSocketTunnel through = tunnel;
        boolean gone = !ended;
        close();
        if (gone && through != null) {
            through.ended(Side.CLIENT);
        }
    }

    private void close() {
        closed = true;
        ended = true;
        lingering.cancel();
        releaseHeld();
        unsent.forEach(ByteBuf::release);
        unsent.clear();
        unsentBytes = 0;
    }

    private void releaseHeld() {
        ByteBuf bytes = held;
        held = null;
        if (bytes != null) {
            int length = bytes.readableBytes();
            bytes.release();
            giveCredit(length);
        }
    }

    private void giveCredit(int bytes) {
        if (!closed) {
            connection.consumed(stream, bytes);
        }
    }

    private WebSocketTunnel open() {
        return Objects.requireNonNull(tunnel);
    }
}
