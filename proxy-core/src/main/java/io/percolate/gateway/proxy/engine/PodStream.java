package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.proxy.engine.http1.ForwardedRequest;

/**
 * One request's way to a pod and its answer's way back, over whichever version of HTTP the pod speaks: a whole
 * connection of HTTP/1.1. What comes back goes to the {@link PodExchange} that began it, until its answer has ended, it
 * is told that the stream is {@linkplain PodExchange#closed closed}, or it lets go. On the event loop only.
 */
interface PodStream {
    /** Begins an exchange with the head of its request, not flushed; the end of the request is told by {@link #end}. */
    void begin(PodExchange exchange, ForwardedRequest head);

    /** Writes a part of the request's body, which must not be empty, not flushed; takes it. */
    void write(ByteBuf part);

    /** Writes the end of a request that has a body, not flushed. */
    void end(HttpHeaders trailers);

    void flush();

    /** Whether it takes more of the body now. */
    boolean isWritable();

    /** Bytes of the request that have been written and that the pod has not taken. */
    long pendingBytes();

    /** Lets no more of the answer come than is on its way already. */
    void pauseRead();

    void resumeRead();

    /**
     * Lets go of an exchange whose request and answer have both ended.
     *
     * @param keepAlive whether the pod lets the connection be used again
     */
    void answered(boolean keepAlive);

    /** Lets go of an exchange that has not ended, so that the pod sees it broken off. */
    void close();

    /** The pod has switched protocols: the connection serves no other request, and what comes now is not HTTP. */
    default ChannelTunnelEnd switchProtocols() {
        throw new IllegalStateException("no pod switches protocols in this version of HTTP");
    }

    /** Lets what has come and will come go into the tunnel that the end leads to. */
    default void openTunnel(ChannelTunnelEnd end) {
        throw new IllegalStateException("no pod switches protocols in this version of HTTP");
    }

    /** Whether its connection had carried another exchange before, so that the pod may have closed it unseen. */
    boolean isReused();

    /** Whether reading from it failed, so that an end of the connection is no proper end. */
    boolean isBroken();
}
