package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.TenantData;
import io.percolate.gateway.proxy.pod.LoadEnd;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One tenant's place on this pod.
 *
 * <p>{@link #control} is held, for as long as files take, by whoever changes the residence; the monitor only for the
 * change itself, so that a request on an event loop never waits for a disk.
 */
final class Seat {
    final ReentrantLock control = new ReentrantLock();

    private final LoadEnd loadEnd = new LoadEnd();
    private Residence residence;
    /** By {@link System#nanoTime}; of no meaning while the tenant is not hot. */
    private long hotSinceNanos;

    private int visits;
    /** A snapshot of what was in memory is on its way to the vault. */
    private boolean storing;
    /** A load under a newer epoch that came while one was under way. */
    private @Nullable LoadRequest next;

    Seat(Residence residence) {
        this.residence = residence;
    }

    synchronized Residence residence() {
        return residence;
    }

    void become(Residence changed) {
        synchronized (this) {
            if (changed instanceof Residence.Hot && !(residence instanceof Residence.Hot)) {
                hotSinceNanos = System.nanoTime();
            }
            residence = changed;
        }
        if (!(changed instanceof Residence.Loading)) {
            loadEnd.come();
        }
    }

    /** Completes once the tenant is not being loaded. */
    synchronized Mono<Void> loadEnded() {
        return residence instanceof Residence.Loading ? loadEnd.awaited() : Mono.empty();
    }

    synchronized int visits() {
        return visits;
    }

    synchronized Admission enter(long epoch) {
        if (residence instanceof Residence.Hot(long current, TenantData data) && current == epoch) {
            visits++;
            return new Admission.Visit(this, data, System.nanoTime() - hotSinceNanos);
        }
        return new Admission.Misdirected(residence.label(), residence.epoch());
    }

    synchronized void leave() {
        visits--;
    }

    /** Closes the door for requests, unless some are inside. */
    synchronized boolean beginEviction() {
        if (visits > 0) {
            return false;
        }
        residence = new Residence.Evicting(residence.epoch());
        return true;
    }

    synchronized boolean isStoring() {
        return storing;
    }

    /** False while an earlier snapshot is on its way. */
    synchronized boolean beginStoring() {
        if (storing) {
            return false;
        }
        storing = true;
        return true;
    }

    synchronized void endStoring() {
        storing = false;
    }

    synchronized void follow(LoadRequest request) {
        next = request;
    }

    synchronized @Nullable LoadRequest takeNext() {
        LoadRequest taken = next;
        next = null;
        return taken;
    }

    /** The epoch that an older call must not undercut. */
    synchronized long fence() {
        return next == null ? residence.epoch() : Math.max(next.epoch(), residence.epoch());
    }
}
