package io.percolate.gateway.bench.pod.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
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
    private static final int PREFIX = 5;
    private static final int MESSAGE_BYTES_MAX = 16 << 20;
    private static final Duration EMIT_BOUND = Duration.ofSeconds(1);
    private static final int READY_BYTES = 64 << 10;
    /** Reactor Netty sends those trailers alone that a head has announced. */
    private static final String TRAILERS = "grpc-status, grpc-message, x-grpc-test-echo-trailing-bin, "
            + "x-grpc-test-echo-initial, grpc-status-details-bin";

    private final MethodDescriptor<Q, R> method;
    private final HttpServerResponse response;
    private final EventLoop loop;
    private final Sinks.One<Boolean> begun = Sinks.one();
    private final Sinks.Many<ByteBuf> messages = Sinks.many().unicast().onBackpressureBuffer();
    private final Inbound inbound = new Inbound();
    private final ByteBuf received = Unpooled.buffer();
    private Listener<Q> listener = new Listener<>() {};
    private int wanted;
    private boolean requestEnded;
    private boolean halfClosed;
    private final AtomicLong queuedBytes = new AtomicLong();
    private volatile boolean headersSent;
    private volatile boolean cancelled;
    private volatile @Nullable Status closed;
    private volatile Metadata trailers = new Metadata();

    private GrpcCall(MethodDescriptor<Q, R> method, HttpServerResponse response, EventLoop loop) {
        this.method = method;
        this.response = response;
        this.loop = loop;
    }

    static Mono<Void> unimplemented(HttpServerRequest request, HttpServerResponse response) {
        GrpcFields.write(
                Status.UNIMPLEMENTED.withDescription("there is no " + request.uri()),
                new Metadata(),
                response.header("content-type", "application/grpc").responseHeaders());
        return response.send();
    }

    static <Q, R> Mono<Void> answer(
            ServerMethodDefinition<Q, R> method, HttpServerRequest request, HttpServerResponse response) {
        EventLoop[] loop = new EventLoop[1];
        request.withConnection(connection -> loop[0] = connection.channel().eventLoop());
        GrpcCall<Q, R> call = new GrpcCall<>(method.getMethodDescriptor(), response, Objects.requireNonNull(loop[0]));
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
                .doOnSuccess(sent -> onLoop(listener::onComplete))
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

    private void cancel() {
        cancelled = true;
        messages.tryEmitComplete();
        onLoop(listener::onCancel);
    }

    private void release() {
        inbound.cancel();
        if (received.refCnt() > 0) {
            received.release();
        }
        halfClosed = true;
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
        response.header("content-type", "application/grpc").header("trailer", TRAILERS);
        GrpcFields.write(headers, response.responseHeaders());
        begun.tryEmitValue(true);
    }

    @Override
    public void sendMessage(R message) {
        ByteBuf framed = Unpooled.buffer();
        framed.writeZero(PREFIX);
        try (InputStream bytes = method.streamResponse(message)) {
            byte[] all = bytes.readAllBytes();
            framed.writeBytes(all).setInt(1, all.length);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        queuedBytes.addAndGet(framed.readableBytes());
        messages.emitNext(framed, Sinks.EmitFailureHandler.busyLooping(EMIT_BOUND));
    }

    @Override
    public boolean isReady() {
        return headersSent && queuedBytes.get() < READY_BYTES;
    }

    @Override
    public void close(Status status, Metadata last) {
        if (cancelled || closed != null) {
            return;
        }
        trailers = last;
        closed = status;
        if (headersSent) {
            messages.tryEmitComplete();
        } else {
            GrpcFields.write(
                    status,
                    last,
                    response.header("content-type", "application/grpc").responseHeaders());
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
        try {
            while (!halfClosed && wanted > 0 && received.readableBytes() >= PREFIX) {
                int at = received.readerIndex();
                int length = received.getInt(at + 1);
                if (received.getByte(at) != 0 || length < 0 || length > MESSAGE_BYTES_MAX) {
                    close(Status.UNIMPLEMENTED.withDescription("compressed, or too long"), new Metadata());
                    halfClosed = true;
                    return;
                }
                if (received.readableBytes() < PREFIX + length) {
                    break;
                }
                received.skipBytes(PREFIX);
                wanted--;
                try (InputStream bytes = new ByteBufInputStream(received.readSlice(length))) {
                    listener.onMessage(method.parseRequest(bytes));
                }
            }
            if (halfClosed) {
                return;
            }
            received.discardSomeReadBytes();
            if (requestEnded && received.readableBytes() < PREFIX) {
                halfClosed = true;
                listener.onHalfClose();
            } else if (wanted > 0) {
                inbound.ask();
            }
        } catch (RuntimeException | IOException failed) {
            log.debug("a call of {} failed", method.getFullMethodName(), failed);
            halfClosed = true;
            close(Status.fromThrowable(failed), new Metadata());
        }
    }

    private final class Inbound extends BaseSubscriber<ByteBuf> {
        private boolean asked;

        void ask() {
            if (!asked && !requestEnded) {
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
                received.writeBytes(part);
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
