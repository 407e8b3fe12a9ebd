package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * The requests of one tenant that wait for one wake, let go a few at a time once it has come, so that they do not flood
 * the pod that has just begun. Joined by event loops, ended by whatever thread the wake ends on.
 */
final class TenantHold {
    /** How a request that wants to join fares. */
    enum Joined {
        /** As the one who has to start the wake. */
        FIRST,
        QUEUED,
        FULL,
        /** Not at all: the wake has ended; the next hold is another. */
        OVER
    }

    private enum State {
        NEW,
        WAKING,
        RELEASING,
        ENDED
    }

    private final int concurrency;
    private final Function<TenantRoute, PodGate> gates;
    private final BiConsumer<TenantId, TenantHold> onOver;
    private final TenantId tenant;

    private final LinkedHashSet<Waiter> waiters = new LinkedHashSet<>();
    private State state = State.NEW;
    private int inFlight;
    private @Nullable TenantRoute route;
    private @Nullable PodGate gate;
    private @Nullable Disposable wake;

    /** @param gates by the route of the tenant that is hot, its pod's */
    TenantHold(
            int concurrency,
            Function<TenantRoute, PodGate> gates,
            BiConsumer<TenantId, TenantHold> onOver,
            TenantId tenant) {
        this.concurrency = concurrency;
        this.gates = gates;
        this.onOver = onOver;
        this.tenant = tenant;
    }

    /** @param waitersMax with which nobody more may join */
    synchronized Joined join(Waiter waiter, int waitersMax) {
        if (state == State.RELEASING || state == State.ENDED) {
            return Joined.OVER;
        }
        if (waiters.size() >= waitersMax) {
            return Joined.FULL;
        }
        waiters.add(waiter);
        if (state == State.NEW) {
            state = State.WAKING;
            return Joined.FIRST;
        }
        return Joined.QUEUED;
    }

    /** Starts waiting for the wake; called once, by the first who joined. */
    void start(Mono<TenantRoute> wakes) {
        Disposable subscription = wakes.subscribe(this::woken, this::failed, this::ended);
        synchronized (this) {
            if (state == State.WAKING) {
                wake = subscription;
                return;
            }
        }
        subscription.dispose();
    }

    /** Takes a request out that went away; the last one out ends the waiting. */
    void leave(Waiter waiter) {
        Disposable abandoned = null;
        boolean waited;
        synchronized (this) {
            waited = waiters.remove(waiter);
            if (waited && waiters.isEmpty() && state == State.WAKING) {
                state = State.ENDED;
                abandoned = wake;
            }
        }
        if (!waited) {
            // It was let go at the same time and will not hear of it.
            close(waiter);
            return;
        }
        waiter.left();
        if (abandoned != null) {
            abandoned.dispose();
        }
        if (isOver()) {
            onOver.accept(tenant, this);
        }
    }

    private void woken(TenantRoute hot) {
        synchronized (this) {
            if (state != State.WAKING) {
                return;
            }
            state = State.RELEASING;
            route = hot;
            gate = gates.apply(hot);
        }
        onOver.accept(tenant, this);
        release();
    }

    private void failed(Throwable error) {
        List<Waiter> all;
        synchronized (this) {
            state = State.ENDED;
            all = new ArrayList<>(waiters);
            waiters.clear();
        }
        onOver.accept(tenant, this);
        for (Waiter waiter : all) {
            waiter.left();
            waiter.sink().error(error);
        }
    }

    /** A wake that ends with no route has broken its contract; nobody must wait on for it. */
    private void ended() {
        synchronized (this) {
            if (state != State.WAKING) {
                return;
            }
        }
        failed(new IllegalStateException("the wake ended without a route"));
    }

    /** Lets waiters go, outside of the lock, until as many are under way as may be. */
    void release() {
        while (true) {
            Waiter next;
            TenantRoute hot;
            PodGate pod;
            synchronized (this) {
                hot = route;
                pod = gate;
                if (hot == null || pod == null || waiters.isEmpty() || inFlight >= concurrency || !pod.enter(this)) {
                    return;
                }
                next = waiters.removeFirst();
                inFlight++;
            }
            next.left();
            next.sink().success(new Released(hot, () -> close(next)));
        }
    }

    private void close(Waiter released) {
        if (!released.close()) {
            return;
        }
        PodGate pod;
        synchronized (this) {
            pod = gate;
            if (state != State.RELEASING || pod == null) {
                return;
            }
            inFlight--;
        }
        pod.leave();
        release();
    }

    private synchronized boolean isOver() {
        return state == State.RELEASING || state == State.ENDED;
    }
}
