package io.percolate.gateway.context.cache;

import io.percolate.gateway.context.store.ByteBudget;
import io.percolate.gateway.context.store.OpenedContext;
import io.percolate.gateway.routing.tenant.SecurityMode;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * A context on the heap. While it is in the cache, the cache accounts for its memory; while it is read though no longer
 * cached, the budget of contexts in flight is charged with it.
 */
final class HeldContext implements Context {
    private final OpenedContext opened;
    private final ByteBudget budget;
    private boolean cached;
    private int readers;
    private ByteBudget.@Nullable Reservation debt;

    HeldContext(OpenedContext opened, ByteBudget budget) {
        this.opened = opened;
        this.budget = budget;
    }

    /** The entity tag of the stored object: of the content too, but for who opened it. */
    @Override
    public String etag() {
        String stored = opened.stored().etag().replace("\"", "");
        return switch (opened.mode()) {
            case NODE_BASED -> "\"" + stored + "-n\"";
            case MOBILE_ONLY -> "\"" + stored + "-m\"";
        };
    }

    @Override
    public Instant lastModified() {
        return opened.stored().lastModified();
    }

    @Override
    public String contentType() {
        return opened.contentType();
    }

    @Override
    public long length() {
        return opened.content().length();
    }

    @Override
    public Publisher<ByteBuffer> bytes(long start, long end) {
        Objects.checkFromToIndex(start, end, length());
        return Flux.using(
                () -> {
                    reading(1);
                    return this;
                },
                self -> opened.content().flux(start, end),
                self -> reading(-1));
    }

    SecurityMode mode() {
        return opened.mode();
    }

    String storedEtag() {
        return opened.stored().etag();
    }

    /** Tells whether the cache holds it from now on. */
    void cached(boolean now) {
        settle(now, 0);
    }

    private void reading(int change) {
        settle(null, change);
    }

    private void settle(@Nullable Boolean nowCached, int readersChange) {
        ByteBudget.@Nullable Reservation paid = null;
        synchronized (this) {
            cached = nowCached == null ? cached : nowCached;
            readers += readersChange;
            boolean owes = !cached && readers > 0;
            if (owes && debt == null) {
                debt = budget.charge(length());
            } else if (!owes) {
                paid = debt;
                debt = null;
            }
        }
        if (paid != null) {
            paid.release();
        }
    }
}
