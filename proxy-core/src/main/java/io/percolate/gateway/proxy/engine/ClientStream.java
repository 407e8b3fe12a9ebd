package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.proxy.engine.websocket.TunnelEnd;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client's side of one request, whatever version of HTTP it speaks: what is known of the client, how fast it reads
 * and may send, and the writing of the answer. On the connection's event loop only.
 *
 * <p>Nothing that is written goes out before a {@link #flush}.
 */
interface ClientStream {
    EdgeLoop loop();

    /** Who is at the other end of its connection. */
    ClientPeer peer();

    /** Whether its connection has carried no request before. */
    boolean isFirst();

    /** Whether its connection came beyond a bound, to be told so. */
    boolean isShed();

    ByteBufAllocator alloc();

    /** Whether a read is under way, at whose end all is flushed. */
    boolean isReading();

    /** Whether more of the answer may be written now without having to wait in memory for long. */
    boolean isWritable();

    /** Bytes of the answer that are written but not taken by the client's socket. */
    long pendingBytes();

    /** When {@link HttpExchange#expired} is called; replaces what was set before. */
    void deadlineAt(long nanos);

    /** Lets the client send no more of the request's body than what is on its way. */
    void pauseRead();

    void resumeRead();

    boolean isReadPaused();

    /** Writes an interim answer. */
    void writeInterim(ResponseHead head);

    /** Writes the head of a pod's answer. */
    void writeHead(ResponseHead head, BodyFraming framing, String requestId, ResponseHead.Connection connection);

    /** Writes the head of an answer of the gateway itself. */
    void writeOwnHead(
            int status,
            Map<String, String> fields,
            String requestId,
            ResponseHead.Connection connection,
            boolean bodyFollows);

    /** Writes a part of the answer's body, which is not empty; takes it. */
    void writePart(ByteBuf bytes, BodyFraming framing);

    /** Writes the end of the answer; tells the listener when the socket has all of it, or cannot have it. */
    void writeEnd(HttpHeaders trailers, BodyFraming framing, GenericFutureListener<Future<? super Void>> listener);

    void flush();

    /**
     * Tells the client, flushed, that the protocol is switched, and reads no more HTTP: what comes from here on goes
     * through a tunnel, of which this is the end, once {@link #openTunnel} says through which.
     *
     * @param protocol that is selected beyond what the pod says; null for none
     */
    TunnelEnd switchProtocols(ResponseHead head, String requestId, @Nullable String protocol);

    /** Lets what has come and will come go into the tunnel. */
    void openTunnel(WebSocketTunnel tunnel);

    /**
     * The exchange is over with its answer on the wire.
     *
     * @param keepAlive whether another request may come on the same connection
     * @param bodyBytesLeft of the request's body, announced but not come; 0 when none were announced
     */
    void exchangeOver(boolean keepAlive, boolean uploadComplete, long bodyBytesLeft);

    /**
     * Ends it in a way that no client can take for the proper end of an answer.
     *
     * @param byReset whether the end of the connection would be such an end
     */
    void abort(boolean byReset);
}
