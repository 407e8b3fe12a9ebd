package io.percolate.gateway.proxy.engine;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request that may be sent a second time while the first answer is late; whoever answers first stays, and whoever
 * fails leaves it to the other one.
 */
abstract sealed class PodRace extends PodTurn permits PodExchange {
    private @Nullable Future<?> due;
    private @Nullable PodRace rival;

    /** The one that is to run beside this one; null when there shall be none. */
    abstract @Nullable PodRace second();

    /** Starts beside the first one. */
    abstract void run();

    /** The other one has lost. */
    abstract void won();

    /** The other one has failed. */
    abstract void goOnAlone();

    /** Gives all up, the other one included. */
    abstract void detach();

    /** Whether another one was sent beside it, and neither has answered. */
    final boolean isRacing() {
        return rival != null;
    }

    /** Sends a second one unless there is an answer after this time. */
    final void expectWithin(long nanos, EventLoop loop) {
        due = loop.schedule(this::sendSecond, nanos, TimeUnit.NANOSECONDS);
    }

    private void sendSecond() {
        due = null;
        PodRace second = second();
        if (second != null) {
            rival = second;
            second.rival = this;
            second.run();
        }
    }

    /** This one has answered. */
    final void answersFirst() {
        cancelSecond();
        PodRace slower = part();
        if (slower != null) {
            slower.detach();
            won();
        }
    }

    /** Whether the request goes on without this one, which has failed, since the other one is under way. */
    final boolean leavesToRival() {
        PodRace other = part();
        if (other == null) {
            return false;
        }
        detach();
        other.goOnAlone();
        return true;
    }

    /** Ends both. */
    final void endRace() {
        cancelSecond();
        PodRace other = part();
        if (other != null) {
            other.detach();
        }
    }

    private void cancelSecond() {
        Future<?> later = due;
        if (later != null) {
            due = null;
            later.cancel(false);
        }
    }

    private @Nullable PodRace part() {
        PodRace other = rival;
        if (other != null) {
            rival = null;
            other.rival = null;
        }
        return other;
    }
}
