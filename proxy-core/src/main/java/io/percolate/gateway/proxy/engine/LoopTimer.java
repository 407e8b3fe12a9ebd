package io.percolate.gateway.proxy.engine;

import org.jspecify.annotations.Nullable;

/**
 * Coarse deadlines of one event loop, for connections that move theirs with every event.
 *
 * <p>A wheel of slots, each one tick wide; a deadline that moves later stays where it is and is only put into its new
 * slot when its old one comes by, so that moving it costs a comparison and allocates nothing. Fires up to two ticks
 * late, never early. Not safe for use by several threads.
 */
final class LoopTimer {
    /** Something that happens unless it is moved or cancelled before. */
    abstract static class Deadline {
        private static final long NEVER = Long.MAX_VALUE;

        private final LoopTimer timer;
        private long tick = NEVER;
        private long slotTick = NEVER;
        private @Nullable Deadline previous;
        private @Nullable Deadline next;

        Deadline(LoopTimer timer) {
            this.timer = timer;
        }

        /** Happens on the event loop; the deadline is unset by then. */
        abstract void expired(long nowNanos);

        final void set(long atNanos) {
            tick = timer.tickOf(atNanos);
            if (tick < slotTick) {
                timer.unlink(this);
                timer.link(this);
            }
        }

        final void cancel() {
            tick = NEVER;
            timer.unlink(this);
        }
    }

    static final long TICK_NANOS = 20_000_000L;
    private static final int SLOTS = 512;

    private final @Nullable Deadline[] slots = new @Nullable Deadline[SLOTS];
    private final long originNanos;
    private long currentTick;

    LoopTimer(long nowNanos) {
        originNanos = nowNanos;
    }

    /** Lets everything happen whose time has come. */
    void advance(long nowNanos) {
        long target = (nowNanos - originNanos) / TICK_NANOS;
        // After a long stall each slot is looked at once, not once per tick missed.
        currentTick = Math.max(currentTick, target - SLOTS);
        while (currentTick < target) {
            currentTick++;
            int slot = slot(currentTick);
            for (Deadline deadline = slots[slot]; deadline != null; deadline = slots[slot]) {
                unlink(deadline);
                if (deadline.tick <= currentTick) {
                    deadline.tick = Deadline.NEVER;
                    deadline.expired(nowNanos);
                } else if (deadline.tick != Deadline.NEVER) {
                    link(deadline);
                }
            }
        }
    }

    private long tickOf(long atNanos) {
        return Math.max(currentTick, (atNanos - originNanos) / TICK_NANOS) + 1;
    }

    /** Far deadlines wait in the farthest slot, never in the current one, and are put on from there. */
    private void link(Deadline deadline) {
        deadline.slotTick = Math.min(deadline.tick, currentTick + SLOTS - 1);
        int slot = slot(deadline.slotTick);
        Deadline first = slots[slot];
        deadline.next = first;
        if (first != null) {
            first.previous = deadline;
        }
        slots[slot] = deadline;
    }

    private void unlink(Deadline deadline) {
        if (deadline.slotTick == Deadline.NEVER) {
            return;
        }
        Deadline previous = deadline.previous;
        Deadline next = deadline.next;
        if (previous == null) {
            slots[slot(deadline.slotTick)] = next;
        } else {
            previous.next = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        deadline.previous = null;
        deadline.next = null;
        deadline.slotTick = Deadline.NEVER;
    }

    private static int slot(long tick) {
        return (int) (tick % SLOTS);
    }
}
