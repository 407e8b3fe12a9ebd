package io.percolate.gateway.context.cache;

import io.percolate.gateway.context.store.ArrivingContext;
import io.percolate.gateway.context.store.ByteBudget;
import io.percolate.gateway.routing.tenant.SecurityMode;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * A context on the heap, or on its way there. While it comes, its fetch accounts for its memory; while it is in the
 * cache, the cache does; while it is read though neither, the budget of contexts in flight is charged with it.
 */
final class HeldContext implements Context {
    private final ArrivingContext arriving;
    private final ByteBudget budget;
    private boolean coming = true;
    private boolean cached;
    private int readers;
    private ByteBudget.@Nullable Reservation debt;
    private @Nullable Runnable unread;

    HeldContext(ArrivingContext arriving, ByteBudget budget) {
        this.arriving = arriving;
        this.budget = budget;
    }

    /** The entity tag of the stored object: of the content too, but for who opened it. */
    @Override
    public String etag() {
        String stored = arriving.stored().etag().replace("\"", "");
        return switch (arriving.mode()) {
            case NODE_BASED -> "\"" + stored + "-n\"";
            case MOBILE_ONLY -> "\"" + stored + "-m\"";
        };
    }

    @Override
    public Instant lastModified() {
        return arriving.stored().lastModified();
    }

    @Override
    public String contentType() {
        return arriving.contentType();
    }

    @Override
    public long length() {
        return arriving.content().length();
    }

    @Override
    public Publisher<ByteBuffer> bytes(long start, long end) {
        Objects.checkFromToIndex(start, end, length());
        return Flux.using(
                () -> {
                    settle(0, 1);
                    return this;
                },
                self -> start == end
                        ? Flux.<ByteBuffer>empty()
                        : Flux.from(arriving.content().read(start, end)),
                self -> settle(0, -1));
    }

    SecurityMode mode() {
        return arriving.mode();
    }

    String storedEtag() {
        return arriving.stored().etag();
    }

    /** Tells whether the cache holds it from now on. */
    void cached(boolean now) {
        settle(now ? 1 : -1, 0);
    }

    /** Has this run, once, when the last of its readers has gone; false where it has none, and this is not run. */
    synchronized boolean whenUnread(Runnable then) {
        if (readers == 0) {
            return false;
        }
        unread = then;
        return true;
    }

    /** Tells that nobody accounts any more for what comes: all is there, or will not come. */
    void arrived() {
        synchronized (this) {
            coming = false;
        }
        settle(0, 0);
    }

    /** @param cachedChange positive when the cache takes it, negative when it lets it go */
    private void settle(int cachedChange, int readersChange) {
        ByteBudget.@Nullable Reservation paid = null;
        @Nullable Runnable left = null;
        synchronized (this) {
            cached = cachedChange == 0 ? cached : cachedChange > 0;
            readers += readersChange;
            boolean owes = !coming && !cached && readers > 0;
            if (owes && debt == null) {
                debt = budget.charge(length());
            } else if (!owes) {
                paid = debt;
                debt = null;
            }
            if (readers == 0) {
                left = unread;
                unread = null;
            }
        }
        if (left != null) {
            left.run();
        }
        if (paid != null) {
            paid.release();
        }
    }
}
