package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.proxy.pod.UnderWay;
import io.percolate.gateway.proxy.sidecar.data.Placement;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** The tenants' places, how many of them may be hot, and the work on them that is under way. */
final class Seats implements AutoCloseable {
    private final ApplicationRun run;
    private final int capacity;
    private final Scheduler blocking;
    private final Semaphore places;
    private final Map<TenantId, Seat> byTenant = new ConcurrentHashMap<>();
    private final UnderWay underWay = new UnderWay();

    /** @param remembered from before this process */
    Seats(Map<TenantId, Placement> remembered, ApplicationRun run, int capacity, Scheduler blocking) {
        this.run = run;
        this.capacity = capacity;
        this.blocking = blocking;
        this.places = new Semaphore(capacity);
        remembered.forEach((tenant, placement) -> byTenant.put(tenant, new Seat(placement, run)));
    }

    /** The tenant's, made where it has none. */
    Seat of(TenantId tenant) {
        return byTenant.computeIfAbsent(tenant, t -> new Seat(Placement.NOTHING, run));
    }

    @Nullable
    Seat existing(TenantId tenant) {
        return byTenant.get(tenant);
    }

    Map<TenantId, Seat> all() {
        return byTenant;
    }

    int capacity() {
        return capacity;
    }

    /** Places that are taken by hot tenants and those being loaded. */
    int taken() {
        return capacity - places.availablePermits();
    }

    /** Takes a place; false where none is free. */
    boolean take() {
        return places.tryAcquire();
    }

    /** The tenant is not hot any more. */
    void free(Seat seat, Residence.AtRest now) {
        seat.become(now);
        places.release();
    }

    /** Decides on a thread that may block, one at a time for each tenant. */
    <T> Mono<T> inControl(Seat seat, Callable<Mono<T>> decision) {
        return Mono.fromCallable(() -> {
                    seat.control.lock();
                    try {
                        return decision.call();
                    } finally {
                        seat.control.unlock();
                    }
                })
                .subscribeOn(blocking)
                .flatMap(decided -> decided);
    }

    /** Starts work that nobody may cancel but the end of the process; it reports its own errors. */
    <T> Mono<T> carriedOut(Mono<T> work) {
        return underWay.carriedOut(work);
    }

    @Override
    public void close() {
        underWay.close();
    }
}
