package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How far an exchange has come, and since when it stands still there. The stage says what has to happen next, and so
 * how long that may take, for which it keeps the deadline of the client's stream. On the connection's event loop only.
 */
final class ExchangeProgress {
    /** Where the request is. */
    enum Stage {
        DECIDING,
        /** For a token, a route, a context or a wake. */
        WAITING,
        CONNECTING,
        /** On a pod's connection, in both directions at once. */
        FORWARDING,
        /** For the rest of the request's body, to be looked at as a whole. */
        COLLECTING,
        /** Being answered in a pod's place. */
        STREAMING_CONTEXT,
        /** The answer is written to its end, but the client has not taken all of it. */
        ANSWERED,
        /** Its protocol is switched; the tunnel has deadlines of its own. */
        TUNNEL,
        OVER
    }

    private final ClientStream client;
    private PodExchange pods;
    private Stage stage = Stage.DECIDING;
    private long movedNanos;
    private long waitBoundNanos;
    private long stalledBytes = -1;
    private @Nullable AwaitedResult<?> wait;

    ExchangeProgress(ClientStream client, PodExchange pods, long startedNanos) {
        this.client = client;
        this.pods = pods;
        this.movedNanos = startedNanos;
    }

    /** The request was sent by two, and this one stays. */
    void goOnWith(PodExchange other) {
        pods = other;
    }

    /** Whether what is waited for is the tenant's pod. */
    boolean isHeld() {
        return hold() != null;
    }

    /** The wait for the tenant's pod; null when nothing, or something else, is waited for. */
    @Nullable
    AwaitedResult<?> hold() {
        AwaitedResult<?> result = wait;
        return result != null && result.lateKind() == FailureKind.HOLD_TIMEOUT ? result : null;
    }

    Stage stage() {
        return stage;
    }

    /** Whether the answer is written to its end, or there will be none. */
    boolean isAnswered() {
        return stage == Stage.ANSWERED || stage == Stage.OVER;
    }

    boolean isOver() {
        return stage == Stage.OVER;
    }

    /** Goes to a stage and leaves the deadline where it is, until something {@link #moved}. */
    void enter(Stage next) {
        stage = next;
    }

    /** Goes to an answer in a pod's place, which may pause for this long. */
    void enterStreaming(Duration pauseMax) {
        stage = Stage.STREAMING_CONTEXT;
        waitBoundNanos = pauseMax.toNanos();
    }

    /** Goes to the wait for a result that may take this long. */
    void await(AwaitedResult<?> result, Duration bound) {
        stage = Stage.WAITING;
        wait = result;
        waitBoundNanos = bound.toNanos();
        moved();
    }

    /** The result has come, or will not; what to do then is to be decided. */
    void awaited() {
        wait = null;
        stage = Stage.DECIDING;
    }

    /** Ends a wait that has become too long; false when nothing is waited for. */
    boolean endWait() {
        AwaitedResult<?> late = wait;
        if (late == null) {
            return false;
        }
        late.late();
        return true;
    }

    /** Gives up the result, of which nobody will hear. */
    void cancelWait() {
        AwaitedResult<?> unwanted = wait;
        if (unwanted != null) {
            wait = null;
            unwanted.cancel();
        }
    }

    /** Something has happened that the exchange goes on by. */
    void moved() {
        movedAt(System.nanoTime());
    }

    /** Moves the deadline to the earliest that can matter from here; {@link #overdue} looks at what it is then. */
    void movedAt(long nowNanos) {
        movedNanos = nowNanos;
        long limit = limitNanos(stall());
        if (isBeingAnswered()) {
            limit = Math.min(limit, limitNanos(Stall.CLIENT_NOT_READING));
        }
        client.deadlineAt(nowNanos + limit);
    }

    /**
     * What has not happened in time, now that the connection's deadline has passed. Null when it was the deadline of an
     * earlier stage, or somebody slow does go on; it is set anew then.
     */
    @Nullable
    Stall overdue(long nowNanos) {
        boolean clientIsBehind = isBeingAnswered() && client.pendingBytes() > 0;
        Stall stall = clientIsBehind ? Stall.CLIENT_NOT_READING : stall();
        long at = movedNanos + limitNanos(stall);
        if (at - nowNanos > 0) {
            client.deadlineAt(at);
            return null;
        }
        if (isDraining(stall)) {
            movedAt(nowNanos);
            return null;
        }
        return stall;
    }

    /** What it is that has to happen next. */
    private Stall stall() {
        return switch (stage) {
            case DECIDING, WAITING -> Stall.WAIT;
            case COLLECTING -> Stall.CLIENT_NOT_SENDING;
            case CONNECTING -> Stall.CONNECT;
            case FORWARDING -> pods.stall();
            // Nothing is asked for while the client's window is used up, also to the last byte.
            case STREAMING_CONTEXT -> client.isWritable() ? Stall.CONTEXT_NOT_COMING : Stall.CLIENT_NOT_READING;
            case ANSWERED, TUNNEL, OVER -> Stall.CLIENT_NOT_READING;
        };
    }

    /** Whether the rest of the request's body has to come next. */
    boolean isClientAwaited() {
        return !isOver() && stall() == Stall.CLIENT_NOT_SENDING;
    }

    private long limitNanos(Stall stall) {
        return stall.limitNanos(client.loop(), waitBoundNanos);
    }

    /** Whether there may be a part of an answer that the client has yet to take, with more to come. */
    private boolean isBeingAnswered() {
        return stage == Stage.FORWARDING || stage == Stage.STREAMING_CONTEXT;
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
}
