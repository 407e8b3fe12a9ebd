package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.percolate.gateway.proxy.cold.ColdAnswer;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.proxy.failure.FailureResponse;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answer to one request as it goes to the client, and into the request's record: head, framing, end, and whether
 * the connection outlives it.
 */
final class ClientAnswer {
    private final ClientStream client;
    private final RequestHead request;
    private final RequestTimeline timeline;
    private BodyFraming framing = BodyFraming.NONE;
    private boolean keepAlive;

    /** @param timeline with the request's id in it already */
    ClientAnswer(ClientStream client, RequestHead request, RequestTimeline timeline) {
        this.client = client;
        this.request = request;
        this.timeline = timeline;
    }

    /** Whether its head is written, so that no other answer can take its place. */
    boolean isBegun() {
        return timeline.status != 0;
    }

    /** Whether the client's connection may be used again after this answer. */
    boolean isKeepAlive() {
        return keepAlive;
    }

    /** Closes the connection after all, though its head did not say so. */
    void closeAfterwards() {
        keepAlive = false;
    }

    /** Whether nothing but the end of the connection tells the client where the answer ends. */
    boolean isUndelimited() {
        return framing == BodyFraming.UNTIL_CLOSE;
    }

    /** Whether a field may still be told after its body. */
    boolean mayHaveTrailers() {
        return framing == BodyFraming.CHUNKED;
    }

    /** Writes an interim answer, which clients of HTTP/1.0 do not know. */
    void interim(ResponseHead interim) {
        if (!request.isHttp10()) {
            client.writeInterim(interim);
        }
    }

    /** A pod's answer has switched protocols, and the client is told. */
    void switching(AnsweredBy by) {
        HttpResponseStatus told = request.isHttp2() ? HttpResponseStatus.OK : HttpResponseStatus.SWITCHING_PROTOCOLS;
        timeline.status = told.code();
        timeline.answeredBy = by;
        timeline.firstByteNanos = System.nanoTime();
    }

    /** Writes the head of a pod's answer. */
    void begin(ResponseHead head, AnsweredBy by) {
        timeline.status = head.status();
        timeline.answeredBy = by;
        framing = switch (head.framing()) {
            case NONE -> BodyFraming.NONE;
            case LENGTH -> BodyFraming.LENGTH;
            case CHUNKED, UNTIL_CLOSE -> request.isHttp10() ? BodyFraming.UNTIL_CLOSE : BodyFraming.CHUNKED;
        };
        keepAlive = mayKeepAlive() && framing != BodyFraming.UNTIL_CLOSE;
        client.writeHead(head, framing, timeline.requestId, connection());
        timeline.firstByteNanos = System.nanoTime();
    }

    /**
     * Writes the head of an answer in the place of the tenant's pod.
     *
     * @param reusable whether nothing about the request forbids to use the connection again
     */
    void begin(ColdAnswer context, boolean reusable) {
        if (context.status() == 416) {
            timeline.failure = FailureKind.RANGE_NOT_SATISFIABLE;
        }
        beginOwn(context.by(), context.status(), context.headers(), context.length(), reusable);
    }

    /** Writes the gateway's own answer to a failed request, up to its end. */
    void refuse(FailureResponse response, boolean reusable) {
        String text = response.body();
        beginOwn(AnsweredBy.GATEWAY, response.status(), response.headers(), text.length(), reusable);
        if (!request.method().equals(HttpMethod.HEAD)) {
            part(ByteBufUtil.writeAscii(client.alloc(), text));
        }
    }

    private void beginOwn(AnsweredBy by, int status, Map<String, String> fields, long length, boolean reusable) {
        timeline.status = status;
        timeline.answeredBy = by;
        timeline.firstByteNanos = System.nanoTime();
        boolean undelimited = length < 0 && request.isHttp10();
        framing = length >= 0 ? BodyFraming.LENGTH : undelimited ? BodyFraming.UNTIL_CLOSE : BodyFraming.CHUNKED;
        keepAlive = reusable && mayKeepAlive() && !undelimited;
        Map<String, String> all = new LinkedHashMap<>(fields);
        if (framing == BodyFraming.CHUNKED) {
            if (!request.isHttp2()) {
                all.put("Transfer-Encoding", "chunked");
            }
        } else if (status != 304 && !undelimited) {
            all.put("Content-Length", Long.toString(length));
        }
        client.writeOwnHead(status, all, timeline.requestId, connection(), length != 0);
    }

    /** Writes a part of the body; takes it. */
    void part(ByteBuf bytes) {
        timeline.responseBodyBytes += bytes.readableBytes();
        if (!bytes.isReadable()) {
            bytes.release();
        } else {
            client.writePart(bytes, framing);
        }
    }

    /** Writes the end; tells the listener when the socket has all of it. */
    void end(HttpHeaders trailers, GenericFutureListener<Future<? super Void>> listener) {
        client.writeEnd(trailers, framing, listener);
    }

    /** Flushes what is written, unless a read is under way, at whose end all is flushed. */
    void flush() {
        if (!client.isReading()) {
            client.flush();
        }
    }

    private boolean mayKeepAlive() {
        // What follows a refused handshake was meant for a WebSocket, and must not be read as a request.
        return request.isKeepAlive()
                && !request.isUpgrade()
                && !client.loop().load().endsConnections();
    }

    private ResponseHead.Connection connection() {
        if (!keepAlive) {
            return ResponseHead.Connection.CLOSED;
        }
        return request.isHttp10() ? ResponseHead.Connection.KEPT_HTTP10 : ResponseHead.Connection.KEPT;
    }
}
