package io.percolate.gateway.proxy.engine;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.percolate.gateway.proxy.engine.http1.CallTimeout;
import io.percolate.gateway.proxy.resilience.DeadlineConfig;
import org.jspecify.annotations.Nullable;

/**
 * When a request must have ended, by the word of its client, of a trusted proxy or of its tier; whatever it waits for
 * then, it fails.
 *
 * <p>What a gRPC client says holds to the end of its call. Any other bound holds for streams up to their head only, since
 * nobody knows how long they are meant to be.
 */
final class RequestDeadline extends LoopTimer.Deadline {
    private static final String CALL_FIELD = "grpc-timeout";
    /** Far ones are no different from none, and must not overflow. */
    private static final long NONE = Long.MAX_VALUE / 4;

    private final TimedRequest exchange;
    private final long startedNanos;
    private long callNanos = NONE;
    private long wholeNanos = NONE;

    private RequestDeadline(TimedRequest exchange, LoopTimer timer) {
        super(timer);
        this.exchange = exchange;
        this.startedNanos = exchange.timeline().startedNanos;
    }

    /**
     * Of a request that brings one along; null for others. One that cannot be read is left to the pod.
     *
     * @param trusted whether whoever sent it may say how long it has
     */
    static @Nullable RequestDeadline asked(TimedRequest exchange, EdgeLoop loop, HttpHeaders headers, boolean trusted) {
        String call = exchange.isGrpc() ? headers.get(CALL_FIELD) : null;
        long callNanos = call == null ? -1 : CallTimeout.parse(call);
        DeadlineConfig config = loop.resilience().config().deadlines();
        AsciiString header = trusted ? config.header() : null;
        String asked = header == null ? null : headers.get(header);
        long askedNanos = asked == null ? -1 : config.askedNanos(asked);
        if (callNanos < 0 && askedNanos < 0) {
            return null;
        }
        RequestDeadline deadline = new RequestDeadline(exchange, loop.timer());
        if (callNanos >= 0) {
            deadline.callNanos = Math.min(callNanos, NONE);
        }
        if (askedNanos >= 0) {
            deadline.wholeNanos = askedNanos;
        }
        deadline.begin();
        return deadline;
    }

    /** Bounds a request to what its tier's requests may take, if it is not bounded by less. */
    static RequestDeadline within(@Nullable RequestDeadline known, TimedRequest exchange, LoopTimer timer, long nanos) {
        RequestDeadline deadline = known == null ? new RequestDeadline(exchange, timer) : known;
        deadline.wholeNanos = Math.min(deadline.wholeNanos, nanos);
        deadline.begin();
        return deadline;
    }

    private void begin() {
        long nanos = nanos();
        if (nanos < NONE) {
            exchange.timeline().deadlineNanos = nanos;
            set(startedNanos + nanos);
        }
    }

    /** The head of the answer goes out. */
    void answerBegins(boolean stream) {
        if (stream && wholeNanos < NONE) {
            wholeNanos = NONE;
            cancel();
            if (callNanos < NONE) {
                set(startedNanos + callNanos);
            }
        }
    }

    private long nanos() {
        return Math.min(callNanos, wholeNanos);
    }

    /** What is left, in nanoseconds; not positive when it has passed. */
    long leftNanos() {
        return startedNanos + nanos() - System.nanoTime();
    }

    /** What is left, as gRPC writes it. */
    String callTimeout() {
        return CallTimeout.format(leftNanos());
    }

    @Override
    void expired(long nowNanos) {
        exchange.deadlinePassed();
    }
}
