package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.percolate.gateway.proxy.cold.ContextAnswer;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.proxy.engine.http1.TraceContext;
import io.percolate.gateway.proxy.failure.FailureResponse;
import io.percolate.gateway.proxy.path.Exchange;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One request and its answer, between a client's connection and whatever answers it. On the connection's event loop
 * only.
 */
final class HttpExchange implements Exchange, GenericFutureListener<Future<? super Void>> {
    private static final Logger LOG = LoggerFactory.getLogger(HttpExchange.class);

    /** Where the request is. */
    private enum Stage {
        DECIDING,
        /** For a token, a route, a context or a wake. */
        WAITING,
        CONNECTING,
        /** On a pod's connection, in both directions at once. */
        FORWARDING,
        /** The answer is written to its end, but the client has not taken all of it. */
        ANSWERED,
        /** Being answered from the tenant's context. */
        STREAMING_CONTEXT,
        OVER
    }

    private final ClientConnection client;
    private final EdgeLoop loop;
    private final RequestHead head;
    private final RequestTimeline timeline = new RequestTimeline();
    private final @Nullable Failure malformation;
    private final RequestBody body;
    private final ClientAnswer answer;
    private final long traceHigh;
    private final long traceLow;
    private final PodExchange pods;

    private Stage stage = Stage.DECIDING;
    private long bodyBytesMax = Long.MAX_VALUE;
    private long progressNanos;
    private long waitBoundNanos;
    private FailureKind waitLateKind = FailureKind.INTERNAL;
    private Consumer<Failure> waitOtherwise = this::fail;
    private boolean held;
    private long stalledBytes = -1;
    private @Nullable LoopCall<?> wait;
    private @Nullable ContextStream contextStream;
    private @Nullable Runnable whenOver;

    HttpExchange(ClientConnection client, HttpRequest request) {
        this(client, new RequestHead(request), null);
    }

    private HttpExchange(ClientConnection client, RequestHead head, @Nullable Failure failure) {
        this.client = client;
        this.loop = client.loop();
        this.head = head;
        this.malformation = failure != null ? failure : head.check(loop.edge().headersMax());
        this.body = new RequestBody(head.framing());
        this.traceHigh = loop.randomLong();
        this.traceLow = loop.randomLong();
        timeline.startedNanos = System.nanoTime();
        timeline.method = head.method().name();
        timeline.target = head.target();
        timeline.protocol = head.isHttp10() ? "HTTP/1.0" : "HTTP/1.1";
        String requestId = TraceContext.validRequestId(head.headers());
        timeline.requestId = requestId != null ? requestId : TraceContext.requestId(traceHigh, traceLow);
        timeline.clientAddress = client.address();
        answer = new ClientAnswer(client, head, timeline.requestId);
        pods = new PodExchange(this, client, head, body, answer);
        progressNanos = timeline.startedNanos;
    }

    /** Stands for a request whose head did not come in time. */
    static HttpExchange headTimeout(ClientConnection client) {
        return new HttpExchange(
                client,
                new RequestHead(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/")),
                Failure.of(FailureKind.REQUEST_TIMEOUT, "the head of the request did not come in time"));
    }

    void begin() {
        loop.load().requestBegan();
        if (client.isShed()) {
            fail(Failure.of(FailureKind.OVERLOADED, "the gateway has as many connections as it may"));
        } else {
            loop.path().begin(this);
        }
    }

    @Override
    public RequestTimeline timeline() {
        return timeline;
    }

    @Override
    public String method() {
        return timeline.method;
    }

    @Override
    public String target() {
        return head.target();
    }

    @Override
    public List<String> headers(String name) {
        return head.headers().getAll(name);
    }

    @Override
    public @Nullable Failure malformation() {
        return malformation;
    }

    @Override
    public long contentLength() {
        return head.framing() == BodyFraming.CHUNKED ? -1 : head.contentLength();
    }

    @Override
    public void limitBody(long bytesMax) {
        bodyBytesMax = bytesMax;
    }

    @Override
    public int requestsUnderWay() {
        return loop.load().requests();
    }

    @Override
    public int attempts() {
        return pods.attempts();
    }

    @Override
    public boolean isReplayable() {
        return !pods.isAnswering() && body.isReplayable();
    }

    @Override
    public <T> void await(
            Mono<T> source,
            Duration bound,
            FailureKind lateKind,
            Consumer<? super T> then,
            Consumer<Failure> otherwise) {
        if (stage == Stage.OVER) {
            return;
        }
        stage = Stage.WAITING;
        waitBoundNanos = bound.toNanos();
        waitLateKind = lateKind;
        waitOtherwise = otherwise;
        LoopCall<T> call = LoopCall.prepare(
                loop.eventLoop(),
                value -> {
                    waited();
                    then.accept(value);
                },
                error -> {
                    waited();
                    otherwise.accept(FailureException.failureOf(error));
                });
        wait = call;
        progressed();
        call.start(source);
    }

    private void waited() {
        wait = null;
        stage = Stage.DECIDING;
    }

    @Override
    public void whenOver(Runnable action) {
        if (stage == Stage.OVER) {
            action.run();
            return;
        }
        held = true;
        Runnable earlier = whenOver;
        whenOver = earlier == null
                ? action
                : () -> {
                    earlier.run();
                    action.run();
                };
    }

    @Override
    public void forward(TenantRoute to) {
        if (stage == Stage.OVER) {
            return;
        }
        Placement placement = to.placement();
        if (placement == null) {
            fail(Failure.of(FailureKind.INTERNAL, "the tenant has no pod")
                    .withOperatorDetail("a route was to be forwarded to that has no placement: " + to));
            return;
        }
        if (body.received() > bodyBytesMax) {
            fail(tooLarge());
            return;
        }
        pods.forward(to, placement);
    }

    @Override
    public void answer(ContextAnswer context) {
        if (stage == Stage.OVER) {
            return;
        }
        stage = Stage.STREAMING_CONTEXT;
        timeline.answeredBy = AnsweredBy.CONTEXT;
        timeline.status = context.status();
        if (context.status() == 416) {
            timeline.failure = FailureKind.RANGE_NOT_SATISFIABLE;
        }
        timeline.firstByteNanos = System.nanoTime();
        body.release();
        boolean bodiless = context.status() == 304 || method().equals("HEAD");
        answer.beginOwn(context.status(), context.headers(), context.length(), mayKeepAlive() && mayDiscardRest());
        if (bodiless || context.length() == 0) {
            writeEnd();
            flushUnlessReading();
            return;
        }
        ContextStream stream = new ContextStream(this, loop.eventLoop(), context.length());
        contextStream = stream;
        progressed();
        flushUnlessReading();
        context.context().bytes(context.start(), context.end()).subscribe(stream);
    }

    @Override
    public void fail(Failure failure) {
        if (stage == Stage.OVER || stage == Stage.ANSWERED) {
            return;
        }
        detach();
        timeline.failure = failure.kind();
        if (failure.kind() == FailureKind.INTERNAL) {
            LOG.error(
                    "request {} failed: {}, {}", timeline.requestId, failure.clientDetail(), failure.operatorDetail());
        } else {
            LOG.debug("request {} failed: {}", timeline.requestId, failure);
        }
        if (timeline.status != 0) {
            abort();
            return;
        }
        FailureResponse response = FailureResponse.of(failure, timeline.requestId);
        timeline.status = response.status();
        timeline.answeredBy = AnsweredBy.GATEWAY;
        timeline.firstByteNanos = System.nanoTime();
        body.release();
        answer.beginOwn(
                response.status(),
                response.headers(),
                response.body().length(),
                malformation == null && !client.isShed() && mayKeepAlive() && mayDiscardRest());
        if (!method().equals("HEAD")) {
            timeline.responseBodyBytes = response.body().length();
            answer.part(response.body());
        }
        writeEnd();
        flushUnlessReading();
    }

    /** A part of the request's body has come; takes it. */
    void content(HttpContent part) {
        if (part.decoderResult().isFailure()) {
            part.release();
            brokenUpload();
            return;
        }
        body.received(part);
        timeline.requestBodyBytes = body.received();
        if (body.received() > bodyBytesMax && stage != Stage.ANSWERED && stage != Stage.OVER) {
            part.release();
            fail(tooLarge());
            return;
        }
        switch (stage) {
            case FORWARDING -> {
                pods.send(part);
                if (head.framing() != BodyFraming.NONE) {
                    progressed();
                }
            }
            case DECIDING, WAITING, CONNECTING -> {
                if (head.framing() == BodyFraming.NONE) {
                    part.release();
                } else if (!body.hold(part)) {
                    fail(Failure.of(FailureKind.REQUEST_MALFORMED, "the connection closed within the request"));
                } else if (!body.isComplete()) {
                    client.pauseRead();
                }
            }
            case ANSWERED, STREAMING_CONTEXT, OVER -> part.release();
        }
    }

    /** The read that brought parts of the request is over. */
    void readComplete() {
        pods.flush();
    }

    void clientWritabilityChanged() {
        ContextStream stream = contextStream;
        if (stream != null) {
            stream.writabilityChanged();
        }
        if (client.isWritable()) {
            pods.resumeRead();
        }
        progressed();
    }

    boolean isClientWritable() {
        return client.isWritable();
    }

    void clientGone() {
        if (stage == Stage.OVER) {
            return;
        }
        detach();
        if (timeline.status == 0) {
            timeline.answeredBy = AnsweredBy.NOBODY;
        }
        over(false);
    }

    /** The framing of the request's body is broken: what the pod has of it must not look whole. */
    private void brokenUpload() {
        fail(Failure.of(FailureKind.REQUEST_MALFORMED, "the body of the request is not validly framed"));
        answer.closeAfterwards();
    }

    void deciding() {
        stage = Stage.DECIDING;
    }

    void connecting() {
        stage = Stage.CONNECTING;
        progressed();
    }

    void forwarding() {
        stage = Stage.FORWARDING;
    }

    /** The pod's final answer begins. */
    void podAnswers(ResponseHead podHead) {
        body.releaseReplay();
        timeline.status = podHead.status();
        timeline.answeredBy = held ? AnsweredBy.POD_AFTER_HOLD : AnsweredBy.POD;
        answer.begin(podHead, mayKeepAlive());
        timeline.firstByteNanos = System.nanoTime();
        progressedAt(timeline.firstByteNanos);
    }

    long traceHigh() {
        return traceHigh;
    }

    long traceLow() {
        return traceLow;
    }

    /** A part of the context; takes it. */
    void contextPart(ByteBuf part) {
        timeline.responseBodyBytes += part.readableBytes();
        answer.part(part);
        progressed();
        client.flush();
    }

    void contextEnd() {
        contextStream = null;
        writeEnd();
        flushUnlessReading();
    }

    void contextFailed(Failure failure) {
        contextStream = null;
        fail(failure);
    }

    void progressed() {
        progressedAt(System.nanoTime());
    }

    /** Moves the deadline to the earliest that can matter from here; {@link #expired} looks at what it is then. */
    void progressedAt(long nowNanos) {
        progressNanos = nowNanos;
        long limit = limitNanos(stall());
        if (stage == Stage.FORWARDING || stage == Stage.STREAMING_CONTEXT) {
            limit = Math.min(limit, limitNanos(Stall.CLIENT_NOT_READING));
        }
        client.deadlineAt(nowNanos + limit);
    }

    /** What it is that has to happen next. */
    private Stall stall() {
        return switch (stage) {
            case DECIDING, WAITING -> Stall.WAIT;
            case CONNECTING -> Stall.CONNECT;
            case ANSWERED, OVER -> Stall.CLIENT_NOT_READING;
            case STREAMING_CONTEXT -> Stall.CONTEXT_NOT_COMING;
            case FORWARDING -> pods.stall();
        };
    }

    private long limitNanos(Stall stall) {
        return stall.limitNanos(loop, waitBoundNanos);
    }

    /** The connection's deadline has passed, which may have been set for an earlier stage. */
    void expired(long nowNanos) {
        Stall stall = answerIsPending() ? Stall.CLIENT_NOT_READING : stall();
        long at = progressNanos + limitNanos(stall);
        if (at - nowNanos > 0) {
            client.deadlineAt(at);
            return;
        }
        if (isDraining(stall)) {
            progressedAt(nowNanos);
            return;
        }
        switch (stall) {
            case WAIT -> lateWait();
            case CONNECT -> pods.lateConnection();
            case CLIENT_NOT_READING -> {
                timeline.failure = FailureKind.REQUEST_TIMEOUT;
                detach();
                abort();
            }
            case CLIENT_NOT_SENDING ->
                fail(Failure.of(FailureKind.REQUEST_TIMEOUT, "the rest of the request did not come in time"));
            case POD_NOT_READING, POD_NOT_ANSWERING, POD_NOT_SENDING ->
                fail(Failure.of(FailureKind.POD_RESPONSE_TIMEOUT, "the tenant's pod did not answer in time"));
            case CONTEXT_NOT_COMING ->
                fail(Failure.of(FailureKind.CONTEXT_STORE_UNAVAILABLE, "the tenant's context did not come in time"));
        }
    }

    /** Whether the client has not taken what there is of its answer. */
    private boolean answerIsPending() {
        return (stage == Stage.FORWARDING || stage == Stage.STREAMING_CONTEXT) && client.pendingBytes() > 0;
    }

    /** Whether who is slow to read has read something since we last looked. */
    private boolean isDraining(Stall stall) {
        long pending = switch (stall) {
            case CLIENT_NOT_READING -> client.pendingBytes();
            case POD_NOT_READING -> pods.pendingBytes();
            default -> -1;
        };
        boolean draining = pending >= 0 && pending != stalledBytes;
        stalledBytes = pending;
        return draining;
    }

    private void lateWait() {
        LoopCall<?> late = wait;
        if (late != null) {
            late.cancel();
        }
        waited();
        waitOtherwise.accept(Failure.of(waitLateKind, "what the request waited for did not come in time"));
    }

    /** The last bytes of the answer have gone to the socket, or cannot. */
    @Override
    public void operationComplete(Future<? super Void> written) {
        if (stage != Stage.OVER) {
            timeline.complete = written.isSuccess();
            over(written.isSuccess());
        }
    }

    private void writeEnd() {
        writeEnd(EmptyHttpHeaders.INSTANCE);
    }

    /** Writes the end of the answer, not flushed. */
    void writeEnd(HttpHeaders trailers) {
        stage = Stage.ANSWERED;
        progressed();
        ChannelPromise promise = client.channel().newPromise();
        promise.addListener(this);
        answer.end(trailers, promise);
    }

    private void flushUnlessReading() {
        if (!client.isReading()) {
            client.flush();
        }
    }

    /** Breaks the connection off because its answer cannot be brought to a proper end. */
    private void abort() {
        over(false);
        client.abort(answer.isUndelimited());
    }

    private void over(boolean answerEnded) {
        stage = Stage.OVER;
        body.release();
        timeline.completedNanos = System.nanoTime();
        loop.load().requestEnded();
        Runnable action = whenOver;
        whenOver = null;
        if (action != null) {
            action.run();
        }
        loop.path().over(this);
        if (answerEnded) {
            long left = head.framing() == BodyFraming.CHUNKED ? 0 : head.contentLength() - body.received();
            client.exchangeOver(answer.isKeepAlive(), body.isComplete(), left);
        }
    }

    /** Parts with everything that works for this exchange. */
    private void detach() {
        LoopCall<?> waiting = wait;
        if (waiting != null) {
            wait = null;
            waiting.cancel();
        }
        ContextStream stream = contextStream;
        if (stream != null) {
            contextStream = null;
            stream.cancel();
        }
        pods.detach();
    }

    private boolean mayKeepAlive() {
        return head.isKeepAlive() && !loop.load().isDraining();
    }

    /** Whether the rest of the request's body is small and sure to come, so that it can be read and dropped. */
    boolean mayDiscardRest() {
        if (body.isComplete() || head.framing() == BodyFraming.NONE) {
            return true;
        }
        long left = head.contentLength() - body.received();
        return !pods.isBodyWithheld()
                && head.framing() == BodyFraming.LENGTH
                && left <= ClientConnection.DISCARD_BYTES_MAX;
    }

    private Failure tooLarge() {
        return Failure.of(
                FailureKind.REQUEST_BODY_TOO_LARGE, "the request body has more than " + bodyBytesMax + " bytes");
    }
}
