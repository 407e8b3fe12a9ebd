package io.percolate.gateway.proxy.engine;

import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import io.percolate.gateway.proxy.engine.ExchangeProgress.Stage;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.proxy.engine.websocket.Handshake;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.resilience.EjectionReason;
import io.percolate.gateway.proxy.resilience.PodGuard;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The pod's side of an exchange: from the wait for a connection to the end of the pod's answer, over as many pods as it
 * takes. On the exchange's event loop only.
 */
final class PodExchange extends PodRace {
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
    private int retries;
    private int interims;
    private int refusals;
    private boolean continued;
    private boolean staleRetried;
    /** The pod alone decides when its answer comes: nothing of the request is still on its way from the client. */
    private boolean wholeAtOnce;

    private long sentNanos;

    private @Nullable Future<?> pause;
    /** Whether it is the later one of the two. */
    private final boolean second;

    private @Nullable TenantRoute route;
    private @Nullable Destination destination;
    private @Nullable UpstreamPool pool;
    private @Nullable PodStream pod;
    private @Nullable ResponseHead head;

    PodExchange(
            HttpExchange exchange, ClientStream client, RequestHead request, RequestBody body, ClientAnswer answer) {
        this(exchange, client, request, body, answer, false);
    }

    private PodExchange(
            HttpExchange exchange,
            ClientStream client,
            RequestHead request,
            RequestBody body,
            ClientAnswer answer,
            boolean second) {
        this.second = second;
        this.exchange = exchange;
        this.client = client;
        this.request = request;
        this.body = body;
        this.answer = answer;
        this.timeline = exchange.timeline();
        this.awaitsContinue = exchange.malformation() == null && request.expectsContinue();
    }

    /** Sends the request of another one, which goes on, a second time. */
    private PodExchange(PodExchange first) {
        this(first.exchange, first.client, first.request, first.body, first.answer, true);
        route = first.route;
        destination = first.destination;
        attempts = first.attempts;
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

    void forward(TenantRoute of, Destination to) {
        route = of;
        destination = to;
        String unfit = unfit(to.protocol().wire());
        if (unfit != null) {
            exchange.fail(Failure.of(FailureKind.REQUEST_UNSUPPORTED, unfit));
            return;
        }
        timeline.pod = to.name();
        attempts++;
        timeline.tries++;
        long nowNanos = System.nanoTime();
        UpstreamPool at = client.loop().pool(to);
        PodGuard guard = at.share().guard();
        guard.belongsTo(to.name());
        EjectionReason ejection = guard.ejection(nowNanos);
        if (ejection != null && !(ejection.isAbsence() && attempts > 1)) {
            at.forgetWhenUnused();
            ejected(guard, ejection, nowNanos);
            return;
        }
        if (attempts == 1) {
            client.loop().resilience().sent(to.tier());
        }
        connect(at, false, nowNanos);
    }

    /** A pod that is away may be looked for elsewhere; from one that answers badly the requests are kept for a while. */
    private void ejected(PodGuard guard, EjectionReason ejection, long nowNanos) {
        TenantRoute to = Objects.requireNonNull(route);
        Failure failure = Failure.of(
                        FailureKind.POD_EJECTED, "the tenant's pod has failed too often and is left alone for a moment")
                .withRetryAfter(guard.refused(nowNanos))
                .withOperatorDetail(guard.address() + ": " + ejection);
        if (ejection.isAbsence()) {
            client.loop().path().unreachable(exchange, to, failure);
        } else {
            client.loop().path().ejected(exchange, to, failure, guard.isNewsFor(to.tenant()));
        }
    }

    /**
     * Sends it to the same pod again, after a pause; fails as it did if that may not be.
     *
     * @param fresh whether on a connection that was not used before
     */
    void tryAgain(TenantRoute to, Failure failure, boolean fresh) {
        EdgeLoop loop = client.loop();
        long pauseNanos = loop.resilience().config().retries().pauseNanos(++retries, loop.randomLong());
        if (exchange.leftNanos() <= pauseNanos
                || !loop.resilience().tryRetry(destination().tier())) {
            exchange.fail(failure);
            return;
        }
        route = to;
        attempts++;
        timeline.tries++;
        exchange.progress().enter(Stage.CONNECTING);
        exchange.progress().moved();
        pause = loop.eventLoop().schedule(() -> connect(fresh), pauseNanos, TimeUnit.NANOSECONDS);
    }

    /** Whether a request that came to nothing at a pod does no harm when it is sent once more. */
    private boolean mayTryAgain() {
        return head == null
                && interims == 0
                && attempts < client.loop().resilience().config().retries().triesMax()
                && request.isIdempotent()
                && !request.isUpgrade()
                && body.isReplayable();
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
        pause = null;
        connect(client.loop().pool(destination()), fresh, System.nanoTime());
    }

    private void connect(UpstreamPool from, boolean fresh, long nowNanos) {
        if (!isRacing()) {
            exchange.progress().enter(Stage.CONNECTING);
            exchange.progress().movedAt(nowNanos);
        }
        pool = from;
        from.acquire(this, fresh, nowNanos);
    }

    /** Announced length of the request's body; -1 when that is not known. */
    long contentLength() {
        return exchange.contentLength();
    }

    /** There is a connection to the pod. */
    void connected(PodStream stream) {
        pool = null;
        pod = stream;
        if (!isRacing()) {
            exchange.progress().enter(Stage.FORWARDING);
        }
        sentNanos = System.nanoTime();
        timeline.forwardedNanos = sentNanos;
        wholeAtOnce = !body.isUnderWay();
        stream.begin(this, exchange.forwarded(Objects.requireNonNull(route), destination()));
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
        if (!isRacing()) {
            expectAnswer(client.loop());
        }
    }

    /** A GET that is late may be sent a second time. */
    private void expectAnswer(EdgeLoop loop) {
        long lateNanos = loop.resilience().hedgeAfterNanos(destination().tier());
        if (lateNanos >= 0 && request.method().equals(HttpMethod.GET) && !body.isPresent() && !request.isUpgrade()) {
            expectWithin(lateNanos, loop.eventLoop());
        }
    }

    @Override
    @Nullable
    PodRace second() {
        boolean late = pod != null && head == null && interims == 0;
        if (!late || !client.loop().resilience().tryHedge(destination().tier())) {
            return null;
        }
        timeline.tries++;
        return new PodExchange(this);
    }

    @Override
    void run() {
        connect(true);
    }

    @Override
    void won() {
        exchange.goOnWith(this);
        if (second) {
            client.loop().resilience().hedgeWon(destination().tier());
        }
    }

    @Override
    void goOnAlone() {
        exchange.goOnWith(this);
        exchange.progress().enter(pod == null ? Stage.CONNECTING : Stage.FORWARDING);
        exchange.progress().moved();
    }

    /** There is none, and why. */
    void unavailable(Failure failure) {
        pool = null;
        if (leavesToRival()) {
            return;
        }
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
        if (from != null && !leavesToRival()) {
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
            turnFailed(tenant());
            brokenOff(closedFailure());
        } else if (checked == null || head != null) {
            invalid(String.valueOf(cause));
        } else {
            responseHead(checked);
        }
    }

    /** The answer is not valid HTTP, for this reason; whatever it came on is ended. */
    void invalid(String how) {
        turnFailed(tenant());
        if (leavesToRival()) {
            return;
        }
        exchange.fail(Failure.of(FailureKind.POD_RESPONSE_INVALID, "the tenant's pod did not answer in valid HTTP")
                .withOperatorDetail(how));
    }

    /** The pod's head has come, interim or final. */
    void responseHead(ResponseHead checked) {
        if (checked.status() < 200) {
            interim(checked);
        } else if (checked.status() == MISDIRECTED_REQUEST) {
            if (leavesToRival()) {
                return;
            }
            detach();
            exchange.progress().enter(Stage.DECIDING);
            client.loop().path().misdirected(exchange, Objects.requireNonNull(route));
        } else if (request.isHttp2() && request.isUpgrade() && checked.status() < 300) {
            // In HTTP/2 every 2xx would say that the stream is a WebSocket's now (RFC 8441, section 5).
            invalid("the pod answered a handshake with " + checked.status());
        } else {
            head = checked;
            answersFirst();
            exchange.podAnswers(checked);
            answered(checked.status());
        }
    }

    private void answered(int status) {
        long nowNanos = timeline.firstByteNanos;
        long latencyNanos = wholeAtOnce ? nowNanos - sentNanos : -1;
        turnAnswered(tenant(), status, latencyNanos, nowNanos);
        if (latencyNanos >= 0) {
            client.loop().resilience().answered(destination().tier(), latencyNanos);
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
            turnAnswered(tenant(), 101, -1, timeline.firstByteNanos);
            turnOver();
        }
    }

    private void interim(ResponseHead interim) {
        if (isRacing()) {
            // Whose answer the client gets is not settled yet.
            return;
        }
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
            turnFailed(tenant());
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
        turnOver();
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
            turnOver();
            client.loop().resilience().retried(destination().tier());
            timeline.tries++;
            connect(true);
        } else {
            turnFailed(tenant());
            brokenOff(closedFailure());
        }
    }

    /** The pod has not brought its answer to an end; the route may have become another one meanwhile. */
    private void brokenOff(Failure failure) {
        if (leavesToRival()) {
            return;
        }
        if (mayTryAgain()) {
            detach();
            exchange.progress().enter(Stage.DECIDING);
            client.loop().path().brokenOff(exchange, Objects.requireNonNull(route), failure);
        } else {
            exchange.fail(failure);
        }
    }

    /**
     * The stream is closed, and the pod has surely not begun with the request (RFC 9113, section 8.7).
     *
     * @param refused whether it refused the stream, so that it should not be sent the next one at once
     */
    void unprocessed(boolean refused) {
        pod = null;
        turnOver();
        if (leavesToRival()) {
            return;
        }
        if (head != null || interims > 0 || !body.isReplayable()) {
            exchange.fail(closedFailure());
            return;
        }
        Failure full =
                Failure.of(FailureKind.POD_CONNECTIONS_EXHAUSTED, "the tenant's pod refuses to take more requests now");
        if (refusals++ >= REFUSALS_MAX) {
            exchange.fail(full);
        } else if (refused) {
            tryAgain(Objects.requireNonNull(route), full, false);
        } else {
            connect(false);
        }
    }

    /** The pod has ended the stream, with the answer not ended. */
    void reset(String error) {
        pod = null;
        turnFailed(tenant());
        brokenOff(closedFailure().withOperatorDetail("the pod reset the stream: " + error));
    }

    /** What the pod has to do next does not happen in time. */
    void timedOut() {
        turnFailed(tenant());
        exchange.fail(Failure.of(FailureKind.POD_RESPONSE_TIMEOUT, "the tenant's pod did not answer in time"));
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
        // Of a request without a body nothing is waited for, though the decoder has yet to say so.
        if (!body.isUnderWay() || head != null) {
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
    @Override
    void detach() {
        endRace();
        Future<?> paused = pause;
        if (paused != null) {
            paused.cancel(false);
        }
        turnOver();
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

    TenantId tenant() {
        return Objects.requireNonNull(route).tenant();
    }

    private Destination destination() {
        return Objects.requireNonNull(destination);
    }

    private static Failure closedFailure() {
        return Failure.of(FailureKind.POD_CLOSED, "the tenant's pod closed the connection");
    }
}
