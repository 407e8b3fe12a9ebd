package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.routing.tenant.Tier;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.MonoSink;

/**
 * One request that waits for its tenant. Disposed of when it goes away. Its marks are in one number, since very many requests
 * may wait.
 */
final class Waiter implements Disposable {
    private static final AtomicIntegerFieldUpdater<Waiter> MARKS =
            AtomicIntegerFieldUpdater.newUpdater(Waiter.class, "marks");
    private static final int LEFT = 1;
    private static final int CLOSED = 2;

    private final MonoSink<Released> sink;
    private final HeldCounts counts;
    private final Tier tier;
    private final long reservedBytes;
    private @Nullable TenantHold hold;
    private volatile int marks;

    /** @param counts have counted it */
    Waiter(MonoSink<Released> sink, HeldCounts counts, Tier tier, long reservedBytes) {
        this.sink = sink;
        this.counts = counts;
        this.tier = tier;
        this.reservedBytes = reservedBytes;
    }

    MonoSink<Released> sink() {
        return sink;
    }

    /** Tells where it waits, before it can be disposed of. */
    void joined(TenantHold joined) {
        hold = joined;
    }

    /** It waits no more; further calls do nothing. */
    void left() {
        if (isFirst(LEFT)) {
            counts.leave(tier, reservedBytes);
        }
    }

    /** The request is over; false where that was known. */
    boolean close() {
        return isFirst(CLOSED);
    }

    private boolean isFirst(int mark) {
        return (marks & mark) == 0
                && (MARKS.getAndAccumulate(this, mark, (before, added) -> before | added) & mark) == 0;
    }

    @Override
    public void dispose() {
        if (hold != null) {
            hold.leave(this);
        }
    }
}
