package io.percolate.gateway.proxy.engine;

import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.Tier;
import org.jspecify.annotations.Nullable;

/** A request and the time that it has in all. Inherited rather than referred to, as what it inherits itself. */
abstract sealed class TimedRequest extends ReceivedRequest permits HttpExchange {
    private final EdgeLoop loop;
    private @Nullable RequestDeadline deadline;

    /** @param failure what is wrong with it that its head does not tell; null when nothing is */
    TimedRequest(ClientStream client, RequestHead head, @Nullable Failure failure) {
        super(client, head, failure);
        this.loop = client.loop();
    }

    /** Its time is over, whatever it waits for. */
    abstract void deadlinePassed();

    abstract boolean isOver();

    /**
     * Takes the time that it says itself that it has.
     *
     * @param trusted whether whoever sent it may say so of any request
     */
    final void takeDeadline(HttpHeaders headers, boolean trusted) {
        if (trusted || isGrpc()) {
            deadline = RequestDeadline.asked(this, loop, headers, trusted);
        }
    }

    @Override
    public final void limitTime(Tier tier) {
        long nanos = loop.resilience().config().deadlines().nanos(tier);
        if (nanos > 0 && !isOver()) {
            deadline = RequestDeadline.within(deadline, this, loop.timer(), nanos);
        }
    }

    /** What is left, as gRPC writes it; null when that is not bounded, or it is no call. */
    final @Nullable String callTimeLeft() {
        RequestDeadline bound = isGrpc() ? deadline : null;
        return bound == null ? null : bound.callTimeout();
    }

    /** What is left; as good as for ever when that is not bounded. */
    final long leftNanos() {
        RequestDeadline bound = deadline;
        return bound == null ? Long.MAX_VALUE : bound.leftNanos();
    }

    /** The same in milliseconds, as pods are told; -1 when it is not bounded, or told as gRPC has it. */
    final long millisLeft() {
        RequestDeadline bound = deadline;
        return bound == null || isGrpc() ? -1 : Math.max(0, bound.leftNanos() / 1_000_000);
    }

    /** The head of a pod's answer goes out. */
    final void answerBegins(ResponseHead head) {
        RequestDeadline bound = deadline;
        if (bound != null) {
            bound.answerBegins(ResponseHead.isStream(head.contentType()));
        }
    }

    /** The head of an answer in a pod's place goes out. */
    final void answerBegins(@Nullable String contentType) {
        RequestDeadline bound = deadline;
        if (bound != null) {
            bound.answerBegins(ResponseHead.isStream(contentType));
        }
    }

    final void cancelDeadline() {
        RequestDeadline bound = deadline;
        if (bound != null) {
            bound.cancel();
        }
    }
}
