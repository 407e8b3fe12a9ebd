package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.TraceContext;
import io.percolate.gateway.proxy.engine.websocket.Handshake;
import io.percolate.gateway.proxy.limit.TenantAllowance;
import io.percolate.gateway.proxy.path.Exchange;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request as its head tells it, and the record that is opened of it. The part of an exchange that is settled when it
 * begins; inherited rather than referred to, for every request would pay for one more object.
 */
abstract sealed class ReceivedRequest implements Exchange permits TimedRequest {
    private final RequestHead head;
    private final RequestTimeline timeline = new RequestTimeline();
    private final @Nullable Handshake handshake;
    private final @Nullable Failure malformation;
    private final long traceHigh;
    private final long traceLow;
    private @Nullable TenantAllowance allowance;
    private boolean hasAllowance;
    private final boolean first;

    /** @param failure what is wrong with it that its head does not tell; null when nothing is */
    ReceivedRequest(ClientStream client, RequestHead head, @Nullable Failure failure) {
        EdgeLoop loop = client.loop();
        this.head = head;
        Failure wrong = failure != null ? failure : check(client, head);
        this.handshake = wrong == null ? Handshake.of(head, loop.edge().webSocket()) : null;
        this.malformation = handshake == null ? wrong : handshake.failure();
        this.traceHigh = loop.randomLong();
        this.traceLow = loop.randomLong();
        this.first = client.isFirst();
        timeline.startedNanos = System.nanoTime();
        timeline.method = head.method().name();
        timeline.target = head.target();
        timeline.protocol = head.protocol();
        String requestId = TraceContext.validRequestId(head.headers());
        timeline.requestId = requestId != null ? requestId : TraceContext.requestId(traceHigh, traceLow);
        timeline.clientAddress = client.peer().origin().address();
    }

    private static @Nullable Failure check(ClientStream client, RequestHead head) {
        ClientPeer peer = client.peer();
        Failure wrong = head.check(client.loop().edge().headersMax(), peer.isSecured());
        return wrong != null || peer.isAskedFor(head.host())
                ? wrong
                : Failure.of(
                        FailureKind.REQUEST_MISDIRECTED,
                        "the certificate of this connection is not valid for the host that is asked for");
    }

    @Override
    public final RequestTimeline timeline() {
        return timeline;
    }

    @Override
    public final String method() {
        return timeline.method;
    }

    @Override
    public final String target() {
        return head.target();
    }

    @Override
    public final List<String> headers(String name) {
        return head.headers().getAll(name);
    }

    @Override
    public final @Nullable Failure malformation() {
        return malformation;
    }

    @Override
    public final long contentLength() {
        return head.framing() == BodyFraming.CHUNKED ? -1 : head.contentLength();
    }

    @Override
    public final boolean isUpgrade() {
        return handshake != null;
    }

    @Override
    public final boolean isGrpc() {
        return head.isGrpc();
    }

    @Override
    public final boolean takesMessages() {
        return head.isGrpc() && head.isHttp2();
    }

    @Override
    public final boolean opensConnection() {
        return first;
    }

    @Override
    public final void admitted(TenantAllowance place) {
        allowance = place;
        hasAllowance = true;
    }

    @Override
    public final @Nullable TenantAllowance allowance() {
        return allowance;
    }

    /** Gives up its place among its tenant's requests, if it has one. */
    final void leaveAllowance() {
        TenantAllowance place = allowance;
        if (place != null && hasAllowance) {
            hasAllowance = false;
            place.over();
        }
    }

    /** What it offers for a WebSocket; null when it asks for none. */
    final @Nullable Handshake handshake() {
        return handshake;
    }

    /** Of the trace that is begun for it unless it is part of one. */
    final long traceHigh() {
        return traceHigh;
    }

    final long traceLow() {
        return traceLow;
    }
}
