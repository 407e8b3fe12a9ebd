package io.percolate.gateway.proxy.engine;

import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.proxy.engine.http1.ForwardedRequest;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import org.jspecify.annotations.Nullable;

/** A request, the time that it has in all, and how it is told to a pod. Inherited rather than referred to, as what it inherits itself. */
abstract sealed class TimedRequest extends ReceivedRequest permits HttpExchange {
    private final RequestHead head;
    private final ClientStream client;
    private final EdgeLoop loop;
    private @Nullable RequestDeadline deadline;

    /** @param failure what is wrong with it that its head does not tell; null when nothing is */
    TimedRequest(ClientStream client, RequestHead head, @Nullable Failure failure) {
        super(client, head, failure);
        this.head = head;
        this.client = client;
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

    /** Its head as this destination shall see it now. */
    final ForwardedRequest forwarded(TenantRoute of, Destination to) {
        return new ForwardedRequest(
                head,
                of.tenant(),
                of.tier(),
                to.epoch(),
                to.fields(),
                to.address().toString(),
                timeline().requestId,
                client.peer().origin(),
                loop.edge().forwarded(),
                to.authorizationPasses(),
                traceHigh(),
                traceLow(),
                loop.randomLong(),
                callTimeLeft(),
                loop.resilience().config().deadlines().header(),
                millisLeft());
    }

    /** What is left, as gRPC writes it; null when that is not bounded, or it is no call. */
    private @Nullable String callTimeLeft() {
        RequestDeadline bound = isGrpc() ? deadline : null;
        return bound == null ? null : bound.callTimeout();
    }

    /** What is left; as good as for ever when that is not bounded. */
    final long leftNanos() {
        RequestDeadline bound = deadline;
        return bound == null ? Long.MAX_VALUE : bound.leftNanos();
    }

    /** The same in milliseconds, as pods are told; -1 when it is not bounded, or told as gRPC has it. */
    private long millisLeft() {
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
