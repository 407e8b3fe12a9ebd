package io.percolate.gateway.proxy.engine;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.proxy.cold.ColdAnswer;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;

/**
 * An answer in a pod's place on its way to a client: one part is asked for at a time, and only while the client takes them.
 *
 * <p>Signals come on any thread and go on on the exchange's event loop.
 */
final class ContextStream implements CoreSubscriber<ByteBuffer> {
    private static final Logger LOG = LoggerFactory.getLogger(ContextStream.class);

    private final HttpExchange exchange;
    private final ClientStream client;
    private final ClientAnswer answer;
    private final EventLoop loop;
    /** Negative where any will do. */
    private final long length;

    private final HttpHeaders trailers;
    private volatile @Nullable Subscription subscription;
    private long passed;
    private boolean asked;
    private boolean over;

    ContextStream(HttpExchange exchange, ClientStream client, ClientAnswer answer, ColdAnswer cold) {
        this.exchange = exchange;
        this.client = client;
        this.answer = answer;
        this.loop = client.loop().eventLoop();
        this.length = cold.length();
        this.trailers = cold.trailers().isEmpty() ? EmptyHttpHeaders.INSTANCE : new DefaultHttpHeaders();
        cold.trailers().forEach(trailers::set);
    }

    /** On the event loop: nothing more is wanted. */
    void cancel() {
        if (over) {
            return;
        }
        over = true;
        Subscription current = subscription;
        if (current != null) {
            current.cancel();
        }
    }

    /** On the event loop: the client takes bytes again, or no more. */
    void writabilityChanged() {
        askWhileWritable();
    }

    @Override
    public void onSubscribe(Subscription started) {
        subscription = started;
        onLoop(this::askWhileWritable);
    }

    @Override
    public void onNext(ByteBuffer part) {
        onLoop(() -> {
            if (over) {
                return;
            }
            asked = false;
            passed += part.remaining();
            if (length >= 0 && passed > length) {
                fail(wrongLength());
                return;
            }
            exchange.answered(part.remaining());
            answer.part(Unpooled.wrappedBuffer(part));
            exchange.progress().moved();
            client.flush();
            askWhileWritable();
        });
    }

    @Override
    public void onError(Throwable error) {
        onLoop(() -> fail(FailureException.failureOf(error)));
    }

    @Override
    public void onComplete() {
        onLoop(() -> {
            if (over) {
                return;
            }
            if (length >= 0 && passed != length) {
                fail(wrongLength());
            } else {
                over = true;
                exchange.end(trailers);
            }
        });
    }

    private void askWhileWritable() {
        Subscription current = subscription;
        if (!over && !asked && current != null && exchange.takesAnswer()) {
            asked = true;
            current.request(1);
        }
    }

    private void fail(Failure failure) {
        if (!over) {
            cancel();
            exchange.fail(failure);
        }
    }

    private Failure wrongLength() {
        return Failure.of(FailureKind.CONTEXT_UNREADABLE, "the tenant's context is not as long as it says")
                .withOperatorDetail("expected " + length + " bytes, got " + passed);
    }

    private void onLoop(Runnable action) {
        if (loop.inEventLoop()) {
            action.run();
            return;
        }
        try {
            loop.execute(action);
        } catch (RejectedExecutionException shutDown) {
            LOG.debug("a part of a context came after the event loop's end", shutDown);
        }
    }
}
