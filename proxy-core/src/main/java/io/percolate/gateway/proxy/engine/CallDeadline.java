package io.percolate.gateway.proxy.engine;

import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.proxy.engine.http1.CallTimeout;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import org.jspecify.annotations.Nullable;

/** When a gRPC call must have ended, by the word of its client; whatever it waits for then, it fails. */
final class CallDeadline extends LoopTimer.Deadline {
    private static final String FIELD = "grpc-timeout";

    private final HttpExchange exchange;
    private final long atNanos;

    private CallDeadline(HttpExchange exchange, LoopTimer timer, long atNanos) {
        super(timer);
        this.exchange = exchange;
        this.atNanos = atNanos;
    }

    /** Of a call whose client set one; null for others. One that cannot be read is left to the pod. */
    static @Nullable CallDeadline of(HttpExchange exchange, LoopTimer timer, HttpHeaders headers) {
        String field = headers.get(FIELD);
        long timeoutNanos = field == null ? -1 : CallTimeout.parse(field);
        if (timeoutNanos < 0) {
            return null;
        }
        // Far ones are no different from none, and must not overflow.
        long bounded = Math.min(timeoutNanos, Long.MAX_VALUE / 4);
        CallDeadline deadline = new CallDeadline(exchange, timer, exchange.timeline().startedNanos + bounded);
        deadline.set(deadline.atNanos);
        return deadline;
    }

    /** What is left, as a field's value. */
    String left() {
        return CallTimeout.format(atNanos - System.nanoTime());
    }

    @Override
    void expired(long nowNanos) {
        exchange.fail(Failure.of(FailureKind.REQUEST_DEADLINE_EXCEEDED, "the call's deadline has passed"));
    }
}
