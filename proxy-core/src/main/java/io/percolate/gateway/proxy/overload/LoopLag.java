package io.percolate.gateway.proxy.overload;

import io.netty.util.concurrent.EventExecutor;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * How late event loops come to what waits for them: each is handed something to do at each look, and the next one sees how
 * long that took, or takes already.
 *
 * <p>Of the last looks the least counts, for a collection or one long task is over by the next look, and a queue is not (as
 * CoDel takes the least delay of an interval; RFC 8289, section 3.1). Of the loops the mean counts: one that is stuck takes
 * its own clients with it, and no more should.
 */
final class LoopLag {
    private static final int LOOKS = 4;

    private final List<Loop> loops;

    LoopLag(List<EventExecutor> eventLoops) {
        loops = eventLoops.stream().map(Loop::new).toList();
    }

    double seconds(long nowNanos) {
        return loops.stream().mapToLong(loop -> loop.look(nowNanos)).average().orElse(0) / TimeUnit.SECONDS.toNanos(1);
    }

    private static final class Loop implements Runnable {
        private static final long UNDER_WAY = -1;

        private final EventExecutor executor;
        private final long[] recent = new long[LOOKS];
        private int looks;
        private volatile long askedNanos;
        private volatile long tookNanos;

        private Loop(EventExecutor executor) {
            this.executor = executor;
        }

        private long look(long nowNanos) {
            long took = tookNanos;
            recent[looks++ % LOOKS] = took == UNDER_WAY ? nowNanos - askedNanos : took;
            if (took != UNDER_WAY) {
                askedNanos = nowNanos;
                tookNanos = UNDER_WAY;
                try {
                    executor.execute(this);
                } catch (RejectedExecutionException shutDown) {
                    tookNanos = 0;
                }
            }
            return Arrays.stream(recent).min().orElse(0);
        }

        @Override
        public void run() {
            tookNanos = Math.max(0, System.nanoTime() - askedNanos);
        }
    }
}
