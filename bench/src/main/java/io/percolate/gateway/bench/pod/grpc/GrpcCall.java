package io.percolate.gateway.bench.pod.grpc;

import io.grpc.Codec;
import io.grpc.Compressor;
import io.grpc.CompressorRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * One call of gRPC on one stream of Reactor Netty's. The listener is called on the stream's event loop only; messages go
 * out as they come, and no more are taken in than the service asks for.
 */
final class GrpcCall<Q, R> extends ServerCall<Q, R> {
    private static final Logger log = LoggerFactory.getLogger(GrpcCall.class);
    private static final Duration EMIT_BOUND = Duration.ofSeconds(1);
    private static final int READY_BYTES = 64 << 10;

    private final MethodDescriptor<Q, R> method;
    private final HttpServerResponse response;
    private final EventLoop loop;
    private final Sinks.One<Boolean> begun = Sinks.one();
    private final Sinks.Many<ByteBuf> messages = Sinks.many().unicast().onBackpressureBuffer();
    private final Inbound inbound = new Inbound();
    private final GrpcMessages received;
    private final String acceptedEncodings;
    private final AtomicLong queuedBytes = new AtomicLong();
    private Listener<Q> listener = new Listener<>() {};
    private int wanted;
    private boolean delivering;
    private boolean requestEnded;
    /** The listener has all of the request that it will get. */
    private boolean halfClosed;
    /** The listener has heard how the call ended. */
    private boolean over;

    /** How messages are compressed; null where they are not. */
    private volatile @Nullable Compressor compressor;

    private volatile boolean compressing = true;
    private volatile boolean headersSent;
    private volatile boolean cancelled;
    private volatile @Nullable Status closed;
    private volatile Metadata trailers = new Metadata();

    private GrpcCall(
            MethodDescriptor<Q, R> method, HttpServerRequest request, HttpServerResponse response, EventLoop loop) {
        this.method = method;
        this.response = response;
        this.loop = loop;
        this.received = new GrpcMessages(request.requestHeaders().get(GrpcMessages.ENCODING));
        this.acceptedEncodings = request.requestHeaders().get(GrpcMessages.ACCEPTED_ENCODINGS, "");
    }

    static Mono<Void> unimplemented(HttpServerRequest request, HttpServerResponse response) {
        GrpcFields.write(
                Status.UNIMPLEMENTED.withDescription("there is no " + request.uri()),
                new Metadata(),
                describe(response).responseHeaders());
        return response.send();
    }

    private static HttpServerResponse describe(HttpServerResponse response) {
        return response.header("content-type", "application/grpc")
                .header(GrpcMessages.ACCEPTED_ENCODINGS, GrpcMessages.READABLE_ENCODINGS);
    }

    static <Q, R> Mono<Void> answer(
            ServerMethodDefinition<Q, R> method, HttpServerRequest request, HttpServerResponse response) {
        EventLoop[] loop = new EventLoop[1];
        request.withConnection(connection -> loop[0] = connection.channel().eventLoop());
        GrpcCall<Q, R> call =
                new GrpcCall<>(method.getMethodDescriptor(), request, response, Objects.requireNonNull(loop[0]));
        return call.run(method, request);
    }

    private Mono<Void> run(ServerMethodDefinition<Q, R> definition, HttpServerRequest request) {
        return Mono.defer(() -> {
                    listener = definition
                            .getServerCallHandler()
                            .startCall(this, GrpcFields.metadata(request.requestHeaders()));
                    request.receive().subscribe(inbound);
                    listener.onReady();
                    return begun.asMono();
                })
                .flatMap(withMessages -> withMessages ? sendMessages() : response.send())
                .doOnSuccess(sent -> onLoop(this::complete))
                .doOnError(error -> cancel())
                .doOnCancel(this::cancel)
                .doFinally(signal -> onLoop(this::release));
    }

    private Mono<Void> sendMessages() {
        return response.trailerHeaders(to -> {
                    Status status = closed;
                    GrpcFields.write(status == null ? Status.UNKNOWN : status, trailers, to);
                })
                .send(messages.asFlux().doOnNext(this::taken), each -> true)
                .then();
    }

    private void taken(ByteBuf message) {
        int length = message.readableBytes();
        long left = queuedBytes.addAndGet(-length);
        if (left < READY_BYTES && left + length >= READY_BYTES) {
            onLoop(listener::onReady);
        }
    }

    private void complete() {
        if (!over) {
            over = true;
            listener.onComplete();
        }
    }

    /** Its client has gone, or cannot be told more; by whichever way that shows first. */
    private void cancel() {
        cancelled = true;
        onLoop(() -> {
            if (!over) {
                over = true;
                listener.onCancel();
            }
        });
    }

    private void release() {
        halfClosed = true;
        inbound.cancel();
        received.release();
    }

    private void onLoop(Runnable action) {
        if (loop.inEventLoop()) {
            action.run();
        } else {
            loop.execute(action);
        }
    }

    @Override
    public void request(int messagesWanted) {
        onLoop(() -> {
            wanted += messagesWanted;
            deliver();
        });
    }

    @Override
    public void sendHeaders(Metadata headers) {
        headersSent = true;
        describe(response);
        Compressor by = compressor;
        if (by != null) {
            response.header(GrpcMessages.ENCODING, by.getMessageEncoding());
        }
        GrpcFields.write(headers, response.responseHeaders());
        begun.tryEmitValue(true);
    }

    @Override
    public void sendMessage(R message) {
        ByteBuf framed = GrpcMessages.framed(method.streamResponse(message), compressing ? compressor : null);
        queuedBytes.addAndGet(framed.readableBytes());
        messages.emitNext(framed, Sinks.EmitFailureHandler.busyLooping(EMIT_BOUND));
    }

    @Override
    public void setCompression(String name) {
        Compressor found = CompressorRegistry.getDefaultInstance().lookupCompressor(name);
        if (found == null) {
            throw new IllegalArgumentException("there is no compression by " + name);
        }
        boolean accepted = List.of(acceptedEncodings.split("\\s*,\\s*", -1)).contains(name);
        compressor = accepted && !found.equals(Codec.Identity.NONE) ? found : null;
    }

    @Override
    public void setMessageCompression(boolean enabled) {
        compressing = enabled;
    }

    @Override
    public boolean isReady() {
        return closed == null && queuedBytes.get() < READY_BYTES;
    }

    @Override
    public void close(Status status, Metadata last) {
        if (cancelled || closed != null) {
            return;
        }
        trailers = last;
        closed = status;
        if (headersSent) {
            messages.emitComplete(Sinks.EmitFailureHandler.busyLooping(EMIT_BOUND));
        } else {
            GrpcFields.write(status, last, describe(response).responseHeaders());
            begun.tryEmitValue(false);
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public MethodDescriptor<Q, R> getMethodDescriptor() {
        return method;
    }

    /** Gives the listener what it has asked for, as far as it is there, and asks for more. */
    private void deliver() {
        if (delivering) {
            // The listener asks for more from within what it is being given, and gets it once it is done with that.
            return;
        }
        delivering = true;
        try {
            deliverWhatIsThere();
        } catch (RuntimeException | IOException failed) {
            log.debug("a call of {} failed", method.getFullMethodName(), failed);
            halfClosed = true;
            close(Status.fromThrowable(failed), new Metadata());
        } finally {
            delivering = false;
        }
        if (wanted > 0 && !halfClosed) {
            inbound.ask();
        }
    }

    private void deliverWhatIsThere() throws IOException {
        while (!halfClosed && wanted > 0 && received.hasNext()) {
            wanted--;
            try (InputStream bytes = received.next()) {
                listener.onMessage(method.parseRequest(bytes));
            }
        }
        if (!halfClosed && requestEnded && !received.hasNext()) {
            received.ended();
            halfClosed = true;
            listener.onHalfClose();
        }
    }

    private final class Inbound extends BaseSubscriber<ByteBuf> {
        private boolean asked;

        void ask() {
            // The service may want messages before there is anything to ask for them.
            if (upstream() != null && !asked && !requestEnded) {
                asked = true;
                request(1);
            }
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            // The first demand comes with the end, which no message need precede.
            ask();
        }

        @Override
        protected void hookOnNext(ByteBuf part) {
            asked = false;
            if (!halfClosed) {
                received.append(part);
            }
            deliver();
        }

        @Override
        protected void hookOnComplete() {
            requestEnded = true;
            deliver();
        }

        @Override
        protected void hookOnError(Throwable error) {
            GrpcCall.this.cancel();
        }
    }
}
