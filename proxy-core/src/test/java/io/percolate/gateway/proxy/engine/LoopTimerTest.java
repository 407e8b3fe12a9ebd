package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LoopTimerTest {
    private static final long TICK = LoopTimer.TICK_NANOS;

    /** Instants of this clock may overflow. */
    private final long origin = Long.parseLong("9223372036854775807") - 1_000 * TICK;

    private final LoopTimer timer = new LoopTimer(origin);
    private final List<String> expired = new ArrayList<>();

    @Test
    void aDeadlineHappensOnceAndNotBeforeItsTime() {
        LoopTimer.Deadline deadline = deadline("a");
        deadline.set(origin + 10 * TICK);
        timer.advance(origin + 10 * TICK - 1);
        assertThat(expired).isEmpty();
        timer.advance(origin + 12 * TICK);
        timer.advance(origin + 100 * TICK);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void aDeadlineCanBeMovedEitherWayAndCancelled() {
        LoopTimer.Deadline later = deadline("later");
        later.set(origin + 5 * TICK);
        later.set(origin + 50 * TICK);
        LoopTimer.Deadline earlier = deadline("earlier");
        earlier.set(origin + 50 * TICK);
        earlier.set(origin + 5 * TICK);
        LoopTimer.Deadline never = deadline("never");
        never.set(origin + 5 * TICK);
        never.cancel();
        timer.advance(origin + 20 * TICK);
        assertThat(expired).containsExactly("earlier");
        timer.advance(origin + 60 * TICK);
        assertThat(expired).containsExactly("earlier", "later");
    }

    @Test
    void farDeadlinesAndLongStallsAreNoProblem() {
        deadline("far").set(origin + 5_000 * TICK);
        deadline("near").set(origin + 3 * TICK);
        timer.advance(origin + 4_000 * TICK);
        assertThat(expired).containsExactly("near");
        timer.advance(origin + 6_000 * TICK);
        assertThat(expired).containsExactly("near", "far");
    }

    @Test
    void whatExpiresMaySetAndCancelOthers() {
        LoopTimer.Deadline victim = deadline("victim");
        LoopTimer.Deadline again = new LoopTimer.Deadline(timer) {
            private int times;

            @Override
            void expired(long nowNanos) {
                expired.add("again");
                victim.cancel();
                if (++times < 3) {
                    set(nowNanos + TICK);
                }
            }
        };
        victim.set(origin + 2 * TICK);
        again.set(origin + 2 * TICK);
        for (int i = 0; i < 20; i++) {
            timer.advance(origin + i * TICK);
        }
        assertThat(expired).containsExactly("again", "again", "again");
    }

    @Test
    void manyRandomDeadlinesAllHappenInTheirTick() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<Long> late = new ArrayList<>();
        int[] count = {0};
        for (int i = 0; i < 1_000; i++) {
            long at = origin + random.nextLong(2_000 * TICK);
            new LoopTimer.Deadline(timer) {
                @Override
                void expired(long nowNanos) {
                    count[0]++;
                    if (nowNanos - at < 0 || nowNanos - at > 3 * TICK) {
                        late.add(nowNanos - at);
                    }
                }
            }.set(at);
        }
        for (int i = 0; i <= 2_010; i++) {
            timer.advance(origin + i * TICK);
        }
        assertThat(late).as("seed %d", seed).isEmpty();
        assertThat(count[0]).as("seed %d", seed).isEqualTo(1_000);
    }

    private LoopTimer.Deadline deadline(String name) {
        return new LoopTimer.Deadline(timer) {
            @Override
            void expired(long nowNanos) {
                expired.add(name);
            }
        };
    }
}
