package io.percolate.gateway.proxy.engine;

import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.percolate.gateway.proxy.engine.ExchangeProgress.Stage;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.ForwardedRequest;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.proxy.engine.websocket.Handshake;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The pod's side of an exchange: from the wait for a connection to the end of the pod's answer, over as many pods as it
 * takes. On the exchange's event loop only.
 */
final class PodExchange {
    /** Interim answers to one request; a pod that sends more is broken. */
    private static final int INTERIM_MAX = 16;

    /** How often a pod may refuse a request that it has not begun with before its client is told. */
    private static final int REFUSALS_MAX = 3;

    private static final int MISDIRECTED_REQUEST = 421;

    private final HttpExchange exchange;
    private final ClientStream client;
    private final RequestHead request;
    private final RequestBody body;
    private final ClientAnswer answer;
    private final RequestTimeline timeline;
    private final boolean awaitsContinue;
    private int attempts;
    private int interims;
    private int refusals;
    private boolean continued;
    private boolean staleRetried;
    private boolean lost;
    private @Nullable TenantRoute route;
    private @Nullable UpstreamPool pool;
    private @Nullable PodStream pod;
    private @Nullable ResponseHead head;

    PodExchange(
            HttpExchange exchange, ClientStream client, RequestHead request, RequestBody body, ClientAnswer answer) {
        this.exchange = exchange;
        this.client = client;
        this.request = request;
        this.body = body;
        this.answer = answer;
        this.timeline = exchange.timeline();
        this.awaitsContinue = exchange.malformation() == null && request.expectsContinue();
    }

    /** How often the request was sent to a pod, or tried to. */
    int attempts() {
        return attempts;
    }

    /** Whether a pod's final answer has begun. */
    boolean isAnswering() {
        return head != null;
    }

    /** Whether the client waits to be told to send the body, and has not been. */
    boolean isBodyWithheld() {
        return awaitsContinue && !continued && body.received() == 0;
    }

    /** Whether the rest of the request's body is small and sure to come, so that it can be read and dropped. */
    boolean mayDiscardRest() {
        return !body.isUnderWay() || (!isBodyWithheld() && body.isRestSmall());
    }

    void forward(TenantRoute to, Placement placement) {
        route = to;
        String unfit = unfit(client.loop().protocol(placement.tier()).wire());
        if (unfit != null) {
            exchange.fail(Failure.of(FailureKind.REQUEST_UNSUPPORTED, unfit));
            return;
        }
        timeline.pod = placement.pod();
        attempts++;
        connect(false);
    }

    /** Why what the pods of its tier speak cannot carry this request; null when it can. */
    private @Nullable String unfit(PodWire wire) {
        if (request.isGrpc() && !wire.isMultiplexed()) {
            return "gRPC needs HTTP/2, which the pods of this tier do not speak";
        }
        return request.isUpgrade() && wire.isMultiplexed()
                ? "a WebSocket needs HTTP/1.1, which the pods of this tier are not spoken to in"
                : null;
    }

    private void connect(boolean fresh) {
        exchange.progress().enter(Stage.CONNECTING);
        exchange.progress().moved();
        UpstreamPool from = client.loop().pool(placement().tier(), placement().address());
        pool = from;
        from.acquire(this, fresh);
    }

    /** There is a connection to the pod. */
    void connected(PodStream stream) {
        pool = null;
        pod = stream;
        exchange.progress().enter(Stage.FORWARDING);
        timeline.forwardedNanos = System.nanoTime();
        EdgeLoop loop = client.loop();
        TenantRoute to = Objects.requireNonNull(route);
        ForwardedRequest forwarded = new ForwardedRequest(
                request,
                to.tenant(),
                to.tier(),
                placement().epoch(),
                loop.upstream().tenantHeaders().fields(to),
                placement().address().toString(),
                timeline.requestId,
                client.peer().origin(),
                loop.edge().forwarded(),
                loop.edge().forwardAuthorization(),
                exchange.traceHigh(),
                exchange.traceLow(),
                loop.randomLong(),
                exchange.callTimeLeft());
        stream.begin(this, forwarded);
        if (body.isPresent()) {
            body.sendFromStart(stream);
            if (!body.isComplete()) {
                exchange.resumeUpload();
            }
        }
        exchange.progress().movedAt(timeline.forwardedNanos);
        if (!client.isReading()) {
            stream.flush();
        }
    }

    /** There is none, and why. */
    void unavailable(Failure failure) {
        pool = null;
        exchange.progress().enter(Stage.DECIDING);
        if (failure.kind() == FailureKind.POD_CONNECTIONS_EXHAUSTED) {
            exchange.fail(failure);
        } else {
            client.loop().path().unreachable(exchange, Objects.requireNonNull(route), failure);
        }
    }

    /** There was none in time. */
    void lateConnection() {
        UpstreamPool from = pool;
        if (from != null) {
            pool = null;
            from.cancel(this);
            exchange.fail(from.exhausted("no connection to the tenant's pod became free in time"));
        }
    }

    /** Whether more of the request's body may come. */
    boolean takesBody() {
        PodStream to = pod;
        return to != null && to.isWritable();
    }

    /** Sends a part of the request's body; takes it. */
    void send(HttpContent part) {
        PodStream to = pod;
        if (to == null) {
            part.release();
            return;
        }
        body.send(to, part);
        if (!body.isComplete() && !to.isWritable()) {
            client.pauseRead();
        }
    }

    void flush() {
        PodStream to = pod;
        if (to != null) {
            to.flush();
        }
    }

    /** The client takes bytes again. */
    void resumeRead() {
        PodStream from = pod;
        if (from != null) {
            from.resumeRead();
        }
    }

    void responseHead(HttpResponse response) {
        Handshake handshake = exchange.handshake();
        if (handshake != null && response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            switched(response, handshake);
            return;
        }
        Throwable cause = response.decoderResult().cause();
        ResponseHead checked = ResponseHead.checked(response, request.method());
        if (cause instanceof PrematureChannelClosureException) {
            exchange.fail(closedFailure());
        } else if (checked == null || head != null) {
            invalid(String.valueOf(cause));
        } else {
            responseHead(checked);
        }
    }

    /** The answer is not valid HTTP, for this reason; whatever it came on is ended. */
    void invalid(String how) {
        exchange.fail(Failure.of(FailureKind.POD_RESPONSE_INVALID, "the tenant's pod did not answer in valid HTTP")
                .withOperatorDetail(how));
    }

    /** The pod's head has come, interim or final. */
    void responseHead(ResponseHead checked) {
        if (checked.status() < 200) {
            interim(checked);
        } else if (checked.status() == MISDIRECTED_REQUEST) {
            detach();
            exchange.progress().enter(Stage.DECIDING);
            client.loop().path().misdirected(exchange, Objects.requireNonNull(route));
        } else if (request.isHttp2() && request.isUpgrade() && checked.status() < 300) {
            // In HTTP/2 every 2xx would say that the stream is a WebSocket's now (RFC 8441, section 5).
            invalid("the pod answered a handshake with " + checked.status());
        } else {
            head = checked;
            exchange.podAnswers(checked);
        }
    }

    /** The client hears of it only once it is what was asked for. */
    private void switched(HttpResponse response, Handshake handshake) {
        ResponseHead switching = ResponseHead.switching(response);
        Handshake.Agreement agreement = switching == null ? null : handshake.agreement(response.headers());
        PodStream with = pod;
        if (switching == null || agreement == null || with == null || head != null) {
            exchange.fail(Failure.of(
                    FailureKind.POD_RESPONSE_INVALID,
                    "the tenant's pod switched to something else than was asked for"));
        } else {
            pod = null;
            head = switching;
            exchange.podSwitches(switching, agreement, with);
        }
    }

    private void interim(ResponseHead interim) {
        if (++interims > INTERIM_MAX) {
            exchange.fail(
                    Failure.of(FailureKind.POD_RESPONSE_INVALID, "the tenant's pod did not come to a final answer"));
            return;
        }
        continued |= interim.status() == 100;
        if (interim.status() != 100 || awaitsContinue) {
            answer.interim(interim);
        }
        if (!body.isComplete()) {
            exchange.progress().moved();
        }
    }

    /** A part of the pod's answer has come; takes it. */
    void responseContent(HttpContent part) {
        ResponseHead of = head;
        PodStream from = pod;
        if (of == null || from == null) {
            part.release();
            return;
        }
        boolean last = part instanceof LastHttpContent;
        if (part.decoderResult().isFailure() || (last && of.framing() == BodyFraming.UNTIL_CLOSE && from.isBroken())) {
            part.release();
            exchange.fail(Failure.of(FailureKind.POD_RESPONSE_INVALID, "the tenant's pod broke its answer off"));
            return;
        }
        HttpHeaders trailers = part instanceof LastHttpContent end ? end.trailingHeaders() : EmptyHttpHeaders.INSTANCE;
        of.clean(trailers);
        exchange.answered(part.content().readableBytes());
        answer.part(part.content());
        if (exchange.progress().isOver()) {
            // The client was found to have left by this very write.
            return;
        }
        if (last) {
            end(from, of, trailers);
        } else {
            exchange.progress().moved();
            if (!exchange.takesAnswer()) {
                from.pauseRead();
            }
        }
    }

    private void end(PodStream from, ResponseHead of, HttpHeaders trailers) {
        pod = null;
        if (body.isComplete()) {
            // Flushed at the end of the pod's read, when its connection is free for the client's next request.
            from.answered(of.isKeepAlive());
            exchange.writeEnd(trailers);
        } else {
            // The pod does not care for the rest of the request.
            from.close();
            if (!mayDiscardRest()) {
                answer.closeAfterwards();
            }
            exchange.writeEnd(trailers);
            client.flush();
        }
    }

    /** The stream is closed, with the answer not ended. */
    void closed(PodStream stream) {
        pod = null;
        boolean unanswered = head == null && interims == 0;
        if (unanswered && stream.isReused() && !staleRetried && request.isIdempotent() && body.isReplayable()) {
            // It had most likely closed before our request came: an accident of pooling, not the pod's failure.
            staleRetried = true;
            connect(true);
        } else if (unanswered && !lost && request.isIdempotent() && body.isReplayable()) {
            // Its process may have died. Once only, for it may be this very request that it dies of.
            lost = true;
            exchange.progress().enter(Stage.DECIDING);
            client.loop().path().lost(exchange, Objects.requireNonNull(route), closedFailure());
        } else {
            exchange.fail(closedFailure());
        }
    }

    /** The stream is closed, and the pod has surely not begun with the request (RFC 9113, section 8.7). */
    void unprocessed() {
        pod = null;
        if (head != null || interims > 0 || !body.isReplayable()) {
            exchange.fail(closedFailure());
        } else if (refusals++ < REFUSALS_MAX) {
            connect(false);
        } else {
            exchange.fail(Failure.of(
                    FailureKind.POD_CONNECTIONS_EXHAUSTED, "the tenant's pod refuses to take more requests now"));
        }
    }

    /** The pod has ended the stream, with the answer not ended. */
    void reset(String error) {
        pod = null;
        exchange.fail(closedFailure().withOperatorDetail("the pod reset the stream: " + error));
    }

    void writabilityChanged() {
        exchange.resumeUpload();
        exchange.progress().moved();
    }

    void flushClient() {
        client.flush();
    }

    /** What has to happen next while the request is on a pod's connection. */
    Stall stall() {
        if (body.isComplete() || head != null) {
            return head == null ? Stall.POD_NOT_ANSWERING : Stall.POD_NOT_SENDING;
        }
        if (pendingBytes() > 0 && client.isReadPaused()) {
            return Stall.POD_NOT_READING;
        }
        if (request.isGrpc()) {
            // Who has to speak next in a call is between its two ends.
            return Stall.POD_NOT_SENDING;
        }
        return isBodyWithheld() ? Stall.POD_NOT_ANSWERING : Stall.CLIENT_NOT_SENDING;
    }

    /** Bytes of the request that the pod has not taken. */
    long pendingBytes() {
        PodStream to = pod;
        return to == null ? 0 : to.pendingBytes();
    }

    /** Gives up the connection, or the wait for one. */
    void detach() {
        UpstreamPool from = pool;
        if (from != null) {
            pool = null;
            from.cancel(this);
        }
        PodStream with = pod;
        if (with != null) {
            pod = null;
            with.close();
        }
    }

    private Placement placement() {
        return Objects.requireNonNull(Objects.requireNonNull(route).placement());
    }

    private static Failure closedFailure() {
        return Failure.of(FailureKind.POD_CLOSED, "the tenant's pod closed the connection");
    }
}
