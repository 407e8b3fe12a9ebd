package io.percolate.gateway.proxy.engine;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.percolate.gateway.proxy.cold.ColdAnswer;
import io.percolate.gateway.proxy.engine.ExchangeProgress.Stage;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.proxy.engine.websocket.Handshake;
import io.percolate.gateway.proxy.engine.websocket.TunnelEnd;
import io.percolate.gateway.proxy.failure.FailureResponse;
import io.percolate.gateway.proxy.failure.GrpcFailure;
import io.percolate.gateway.proxy.limit.TenantAllowance;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.placement.PeerGateway;
import io.percolate.gateway.routing.placement.PlacementDecision;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One request and its answer, between a client's connection and whatever answers it. On the connection's event loop
 * only.
 */
final class HttpExchange extends TimedRequest
        implements GenericFutureListener<Future<? super Void>>, ExchangePace.Flow {
    private static final Logger LOG = LoggerFactory.getLogger(HttpExchange.class);

    private final ClientStream client;
    private final EdgeLoop loop;
    private final RequestHead request;
    private final RequestTimeline timeline;
    private final RequestBody body;
    private final ClientAnswer answer;
    private PodExchange pods;
    private final ExchangeProgress progress;

    private boolean held;
    /** It has been let in among those that are under way at once. */
    private boolean runs;

    private boolean hasPlace;
    private boolean openForLong;
    private @Nullable ContextStream contextStream;
    private @Nullable ExchangeTunnel tunnel;
    private @Nullable BodyCollection collection;
    private FailureKind pausedTooLong = FailureKind.CONTEXT_STORE_UNAVAILABLE;
    private @Nullable Runnable whenOver;
    /** Only where it was held, and clients are told of it. */
    private @Nullable EarlyHints hints;
    /** Only where the tenant's bandwidth is limited. */
    private @Nullable ExchangePace pace;

    /** Of its body and of its answer; only requests that go on for long come to have them. */
    private @Nullable LeastRates rates;

    HttpExchange(ClientStream client, HttpRequest request) {
        this(client, new RequestHead(request), null);
    }

    /** @param failure what is wrong with it that its head does not tell; null when nothing is */
    HttpExchange(ClientStream client, RequestHead head, @Nullable Failure failure) {
        super(client, head, failure);
        this.request = head;
        this.client = client;
        this.loop = client.loop();
        timeline = timeline();
        body = new RequestBody(head, loop.resilience().replays());
        answer = new ClientAnswer(client, head, timeline);
        pods = new PodExchange(this, client, head, body, answer);
        progress = new ExchangeProgress(client, pods, timeline.startedNanos);
    }

    /** Stands for a request whose head did not come in time. */
    static HttpExchange headTimeout(ClientStream client) {
        return new HttpExchange(
                client,
                new RequestHead(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/")),
                Failure.of(FailureKind.REQUEST_TIMEOUT, "the head of the request did not come in time"));
    }

    void begin() {
        loop.load().requestBegan();
        if (client.isShed()) {
            fail(Failure.of(FailureKind.OVERLOADED, "the gateway, or this client, has as many connections as it may"));
        } else {
            takeDeadline(request.headers(), client.peer().origin().trusted());
            loop.path().begin(this);
        }
    }

    @Override
    public void limitBody(long bytesMax) {
        body.limit(bytesMax);
    }

    @Override
    void deadlinePassed() {
        loop.path().deadlinePassed(this, progress.isHeld());
    }

    @Override
    boolean isOver() {
        return progress.isOver();
    }

    @Override
    public boolean mayRun(Tier tier) {
        runs = runs || loop.room().isFree(tier);
        return runs;
    }

    @Override
    public void awaitTurn(TenantRoute route, Runnable then, Consumer<Failure> otherwise) {
        await(
                loop.room().turn(route, contentLength()),
                loop.edge().overload().queueWaitMax(),
                FailureKind.OVERLOADED,
                turn -> {
                    runs = true;
                    then.run();
                },
                otherwise);
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
        if (!progress.isOver()) {
            AwaitedResult<T> result = new AwaitedResult<>(progress, loop.eventLoop(), lateKind, then, otherwise);
            progress.await(result, bound);
            result.start(source);
        }
    }

    @Override
    public void hintWhileHeld(Supplier<@Nullable String> timing) {
        if (progress.isHeld() && !request.isHttp10() && !isUpgrade() && !isGrpc() && !answer.isBegun()) {
            EarlyHints begun = hints == null ? new EarlyHints(client, answer, progress) : hints;
            hints = begun;
            begun.begin(timing);
        }
    }

    @Override
    public void collect(int bytesMax, Consumer<ByteBuffer> then, Consumer<Failure> otherwise) {
        if (progress.isOver()) {
            return;
        }
        BodyCollection wanted = new BodyCollection(bytesMax, then, otherwise);
        if (contentLength() > bytesMax || wanted.isExceededBy(body)) {
            wanted.exceeded();
        } else if (body.isComplete() || !body.isPresent()) {
            then.accept(body.copyOfWaiting());
        } else if (!headers("expect").isEmpty()) {
            otherwise.accept(Failure.of(
                    FailureKind.REQUEST_UNSUPPORTED, "the client sends its message only once it is asked for it"));
        } else {
            collection = wanted;
            progress.enter(Stage.COLLECTING);
            progress.moved();
            client.resumeRead();
        }
    }

    private void collected() {
        BodyCollection wanted = collection;
        if (wanted == null) {
            return;
        }
        boolean exceeded = wanted.isExceededBy(body);
        if (!exceeded && !body.isComplete()) {
            progress.moved();
            return;
        }
        collection = null;
        progress.enter(Stage.DECIDING);
        if (exceeded) {
            if (!body.isComplete()) {
                client.pauseRead();
            }
            wanted.exceeded();
        } else {
            wanted.then().accept(body.copyOfWaiting());
        }
    }

    @Override
    public void whenOver(Runnable action) {
        if (progress.isOver()) {
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
        if (progress.isOver()) {
            return;
        }
        Placement placement = to.placement();
        if (placement == null) {
            fail(Failure.of(FailureKind.INTERNAL, "the tenant has no pod")
                    .withOperatorDetail("a route was to be forwarded to that has no placement: " + to));
            return;
        }
        send(to, Destination.assigned(loop, to, placement));
    }

    @Override
    public void forward(TenantRoute of, PlacementDecision.Direct to) {
        send(of, Destination.direct(loop, of, to));
    }

    @Override
    public void passOn(TenantRoute of, PeerGateway to, String seal) {
        send(of, Destination.peer(loop, to, seal));
    }

    private void send(TenantRoute of, Destination to) {
        if (progress.isOver()) {
            return;
        }
        if (body.isTooLarge()) {
            fail(body.tooLarge());
            return;
        }
        Failure refusal = isUpgrade() && !hasPlace ? takePlace(of) : null;
        if (refusal != null) {
            fail(refusal);
            return;
        }
        pods.forward(of, to);
    }

    @Override
    public void forwardAgain(TenantRoute to, Failure failure) {
        if (!progress.isOver()) {
            pods.tryAgain(to, failure, true);
        }
    }

    /** The request was sent by two, and this one stays. */
    void goOnWith(PodExchange other) {
        pods = other;
        progress.goOnWith(other);
    }

    @Override
    public void answer(ColdAnswer cold) {
        if (progress.isOver()) {
            return;
        }
        answerBegins(cold.headers().get("Content-Type"));
        progress.enterStreaming(cold.pauseMax().orElse(loop.upstream().idleTimeout()));
        pausedTooLong = cold.pausedTooLong();
        body.release();
        answer.begin(cold, pods.mayDiscardRest());
        if (cold.status() == 304 || method().equals("HEAD") || cold.length() == 0) {
            end();
            return;
        }
        ContextStream stream = new ContextStream(this, client, answer, cold);
        contextStream = stream;
        progress.moved();
        answer.flush();
        cold.body().subscribe(stream);
    }

    /** Takes a place among the WebSockets; answers why there is none for it. */
    private @Nullable Failure takePlace(TenantRoute to) {
        if (loop.load().isDraining()) {
            return Failure.of(FailureKind.DRAINING, "the gateway goes out of service");
        }
        return switch (loop.webSockets().enter(to.tenant(), websocketsMax(allowance(), to))) {
            case FREE -> {
                hasPlace = true;
                yield null;
            }
            case FULL -> Failure.of(FailureKind.WEBSOCKETS_EXHAUSTED, "the gateway has as many WebSockets as it may");
            case TENANT_FULL ->
                Failure.of(FailureKind.TENANT_WEBSOCKETS_EXHAUSTED, "the tenant has as many WebSockets as it may");
        };
    }

    private static @Nullable Long websocketsMax(@Nullable TenantAllowance allowance, TenantRoute to) {
        return allowance == null ? to.limits().websocketsMax() : allowance.websocketsMax();
    }

    @Override
    public void fail(Failure failure) {
        ExchangeTunnel through = tunnel;
        if (through != null) {
            through.close(failure);
            return;
        }
        if (progress.isAnswered()) {
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
        boolean grpc = request.isGrpc();
        if (answer.isBegun()) {
            if (grpc && answer.mayHaveTrailers()) {
                if (!pods.mayDiscardRest()) {
                    answer.closeAfterwards();
                }
                writeEnd(GrpcFailure.trailers(failure));
                answer.flush();
            } else {
                abort();
            }
            return;
        }
        body.release();
        answer.refuse(
                grpc ? GrpcFailure.response(failure) : FailureResponse.of(failure, timeline.requestId),
                malformation() == null && !client.isShed() && pods.mayDiscardRest());
        end();
    }

    /** Ends it with no answer but the reset of its client's stream. */
    void refuseUnanswered(Failure failure) {
        LOG.debug("request {} is malformed: {}", timeline.requestId, failure);
        detach();
        timeline.failure = failure.kind();
        if (!answer.isBegun()) {
            timeline.answeredBy = AnsweredBy.GATEWAY;
        }
        over(false);
    }

    @Override
    public void drop() {
        if (progress.isAnswered() || answer.isBegun()) {
            return;
        }
        timeline.failure = FailureKind.FAULT_INJECTED;
        detach();
        over(false);
        client.abort(true);
    }

    /** A part of the request's body has come; takes it. */
    void content(HttpContent part) {
        Failure broken = RequestBody.brokenBy(part, loop.edge().headersMax());
        if (broken != null) {
            part.release();
            // What a pod has of it must not look whole, and where a next request begins cannot be told.
            fail(broken);
            answer.closeAfterwards();
            return;
        }
        body.received(part);
        timeline.requestBodyBytes = body.received();
        int bytes = part.content().readableBytes();
        if (body.isTooLarge() && !progress.isAnswered()) {
            part.release();
            fail(body.tooLarge());
            return;
        }
        switch (progress.stage()) {
            case FORWARDING -> {
                pods.send(part);
                if (body.isPresent()) {
                    progress.moved();
                }
            }
            case DECIDING, WAITING, CONNECTING -> {
                if (!body.isPresent()) {
                    part.release();
                } else if (!body.hold(part)) {
                    fail(Failure.of(FailureKind.REQUEST_MALFORMED, "the connection closed within the request"));
                } else if (!body.isComplete()) {
                    client.pauseRead();
                }
            }
            case COLLECTING -> {
                if (body.hold(part)) {
                    collected();
                } else {
                    fail(Failure.of(FailureKind.REQUEST_MALFORMED, "the connection closed within the request"));
                }
            }
            case ANSWERED, STREAMING_CONTEXT, TUNNEL, OVER -> part.release();
        }
        ExchangePace paced = pace();
        if (paced != null) {
            paced.uploaded(bytes);
        }
    }

    /** The read that brought parts of the request is over. */
    void readComplete() {
        pods.flush();
    }

    void clientWritabilityChanged() {
        resumeDownload();
        progress.moved();
    }

    /** Null where the tenant has what bandwidth it likes, or is not known yet. */
    private @Nullable ExchangePace pace() {
        TenantAllowance place = allowance();
        if (pace == null && place != null && place.hasBandwidth() && !progress.isOver()) {
            pace = new ExchangePace(loop.timer(), place, this);
        }
        return pace;
    }

    /** A part of the answer is on its way to the client. */
    void answered(int bytes) {
        ExchangePace paced = pace();
        if (paced != null) {
            paced.downloaded(bytes);
        }
    }

    /** Whether more of the answer may come. */
    boolean takesAnswer() {
        ExchangePace paced = pace;
        return client.isWritable() && (paced == null || !paced.isDownloadPaused());
    }

    @Override
    public void pauseUpload() {
        if (!body.isComplete()) {
            client.pauseRead();
        }
    }

    /** Lets more of the body come where it is taken, unless it comes faster than it may. */
    @Override
    public void resumeUpload() {
        if (!isUploadPaused() && (pods.takesBody() || progress.stage() == Stage.COLLECTING)) {
            client.resumeRead();
        }
    }

    /** Whoever is the source asks whether it may go on. */
    @Override
    public void pauseDownload() {}

    @Override
    public void resumeDownload() {
        ContextStream stream = contextStream;
        if (stream != null) {
            stream.writabilityChanged();
        }
        if (takesAnswer()) {
            pods.resumeRead();
        }
    }

    @Override
    public void pauseGoesOn() {
        if (!progress.isOver()) {
            progress.moved();
        }
    }

    void clientGone() {
        if (progress.isOver()) {
            return;
        }
        detach();
        if (!answer.isBegun()) {
            timeline.answeredBy = AnsweredBy.NOBODY;
        }
        over(false);
    }

    ExchangeProgress progress() {
        return progress;
    }

    /** The pod's final answer begins. */
    void podAnswers(ResponseHead podHead) {
        body.releaseReplay();
        answerBegins(podHead);
        if (timeline.serverTiming != null) {
            podHead.tellTiming(timeline.serverTiming);
        }
        TenantAllowance place = allowance();
        if (place != null) {
            podHead.tellLimits(place.toldFields());
        }
        answer.begin(podHead, held ? AnsweredBy.POD_AFTER_HOLD : AnsweredBy.POD);
        if (podHead.isEventStream() && !request.isGrpc()) {
            openForLong();
        }
        progress.movedAt(timeline.firstByteNanos);
    }

    /** The pod switches protocols as the client has asked: from here on there is a tunnel. */
    void podSwitches(ResponseHead podHead, Handshake.Agreement agreement, PodStream pod) {
        progress.enter(Stage.TUNNEL);
        cancelDeadline();
        body.release();
        loop.webSockets().opened();
        // From here on it is neither a request under way nor one that was held: it may last for days.
        loop.load().requestEnded();
        loop.room().madeRoom();
        answer.switching(held ? AnsweredBy.POD_AFTER_HOLD : AnsweredBy.POD);
        TunnelEnd clientEnd = client.switchProtocols(podHead, timeline.requestId, agreement.addedProtocol());
        ChannelTunnelEnd podEnd = pod.switchProtocols();
        ExchangeTunnel begun = new ExchangeTunnel(this, loop, agreement, clientEnd, podEnd);
        tunnel = begun;
        leaveAllowance();
        runWhenOver();
        podEnd.leadsTo(begun.tunnel());
        client.openTunnel(begun.tunnel());
        pod.openTunnel(podEnd);
        openForLong();
    }

    /** It may go on for any time, and would keep its tenant in its pod. */
    private void openForLong() {
        if (!openForLong && !progress.isOver() && timeline.tenant != null) {
            openForLong = true;
            loop.tenantStreams().add(timeline.tenant, this);
        }
    }

    /** It has gone on for a while: a call whose answer has begun is one that streams. */
    void goesOn() {
        if (pods.isAnswering() && tunnel == null && request.isGrpc()) {
            openForLong();
        }
    }

    /** Ends what would keep its tenant in its pod, so that its client comes again. */
    void tenantMoves() {
        ExchangeTunnel through = tunnel;
        if (progress.isAnswered()) {
            return;
        }
        if (through != null) {
            through.tenantMoves();
        } else if (request.isGrpc()) {
            fail(Failure.of(FailureKind.POD_MISDIRECTED, "the tenant moves to another pod"));
        } else {
            if (!pods.mayDiscardRest()) {
                answer.closeAfterwards();
            }
            detach();
            end();
        }
    }

    /** Closes its WebSocket, if it is one, at some time within this many nanoseconds. */
    void drainTunnel(long windowNanos) {
        ExchangeTunnel through = tunnel;
        if (through != null) {
            through.drain(windowNanos);
        }
    }

    void tunnelOver() {
        progress.enter(Stage.OVER);
        leaveStreams();
        timeline.completedNanos = System.nanoTime();
        leavePlace();
        loop.path().over(this);
    }

    /** Ends it when its client gives or takes bytes too slowly. */
    void checkRates(long nowNanos) {
        if (progress.isOver() || tunnel != null || (body.isComplete() && !answer.isBegun())) {
            return;
        }
        LeastRates due = rates;
        if (due == null) {
            due = new LeastRates(loop.edge(), nowNanos);
            rates = due;
        }
        if (!body.isComplete()
                && !pods.isAnswering()
                && due.isBodyMissed(progress.isClientAwaited() && !isUploadPaused(), body.received(), nowNanos)) {
            fail(Failure.of(FailureKind.REQUEST_TIMEOUT, "the body of the request comes too slowly"));
            return;
        }
        long pending = client.pendingBytes();
        if (answer.isBegun() && due.isAnswerMissed(pending > 0, timeline.responseBodyBytes - pending, nowNanos)) {
            clientReadsTooSlowly();
        }
    }

    private boolean isUploadPaused() {
        ExchangePace paced = pace;
        return paced != null && paced.isUploadPaused();
    }

    private void clientReadsTooSlowly() {
        timeline.failure = FailureKind.REQUEST_TIMEOUT;
        detach();
        abort();
    }

    /** The connection's deadline has passed, which may have been set for an earlier stage. */
    void expired(long nowNanos) {
        Stall stall = progress.overdue(nowNanos);
        if (stall == null) {
            return;
        }
        switch (stall) {
            case WAIT -> {
                if (!progress.endWait()) {
                    fail(Failure.of(FailureKind.INTERNAL, "the gateway came to no decision about the request"));
                }
            }
            case CONNECT -> pods.lateConnection();
            case CLIENT_NOT_READING -> clientReadsTooSlowly();
            case CLIENT_NOT_SENDING ->
                fail(Failure.of(FailureKind.REQUEST_TIMEOUT, "the rest of the request did not come in time"));
            case POD_NOT_READING, POD_NOT_ANSWERING, POD_NOT_SENDING -> pods.timedOut();
            case CONTEXT_NOT_COMING ->
                fail(Failure.of(pausedTooLong, "the answer in the place of the tenant's pod did not go on in time"));
        }
    }

    /** The last bytes of the answer have gone to the socket, or cannot. */
    @Override
    public void operationComplete(Future<? super Void> written) {
        if (!progress.isOver()) {
            timeline.complete = written.isSuccess();
            over(written.isSuccess());
        }
    }

    /** Writes the end of the answer, not flushed. */
    void writeEnd(HttpHeaders trailers) {
        if (progress.isOver()) {
            // A write before has found that the client has left.
            return;
        }
        progress.enter(Stage.ANSWERED);
        progress.moved();
        answer.end(trailers, this);
    }

    /** Ends an answer that no pod gave. */
    void end() {
        end(EmptyHttpHeaders.INSTANCE);
    }

    /** The same with these behind it. */
    void end(HttpHeaders trailers) {
        writeEnd(trailers);
        answer.flush();
    }

    /** Breaks the connection off because its answer cannot be brought to a proper end. */
    private void abort() {
        over(false);
        client.abort(answer.isUndelimited());
    }

    private void over(boolean answerEnded) {
        progress.enter(Stage.OVER);
        cancelDeadline();
        leaveStreams();
        body.release();
        timeline.completedNanos = System.nanoTime();
        loop.load().requestEnded();
        loop.room().madeRoom();
        leaveAllowance();
        ExchangePace paced = pace;
        if (paced != null) {
            paced.end();
        }
        runWhenOver();
        leavePlace();
        loop.path().over(this);
        if (answerEnded) {
            client.exchangeOver(answer.isKeepAlive(), body.isComplete(), body.bytesLeft());
        }
    }

    private void runWhenOver() {
        Runnable action = whenOver;
        whenOver = null;
        if (action != null) {
            action.run();
        }
    }

    private void leaveStreams() {
        if (openForLong) {
            loop.tenantStreams().remove(timeline.tenant, this);
        }
    }

    private void leavePlace() {
        if (hasPlace) {
            hasPlace = false;
            loop.webSockets().leave(Objects.requireNonNull(timeline.tenant));
        }
    }

    /** Parts with everything that works for this exchange. */
    private void detach() {
        progress.cancelWait();
        collection = null;
        ContextStream stream = contextStream;
        if (stream != null) {
            stream.cancel();
        }
        pods.detach();
    }
}
