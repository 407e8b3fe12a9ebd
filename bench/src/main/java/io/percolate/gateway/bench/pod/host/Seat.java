package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.TenantData;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One tenant's place on this pod.
 *
 * <p>{@link #control} is held, for as long as files take, by whoever changes the residence; the monitor only for the
 * change itself, so that a request on an event loop never waits for a disk.
 */
final class Seat {
    final ReentrantLock control = new ReentrantLock();

    private Residence residence;
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

    synchronized void become(Residence changed) {
        residence = changed;
    }

    synchronized int visits() {
        return visits;
    }

    synchronized Admission enter(long epoch) {
        if (residence instanceof Residence.Hot(long current, TenantData data) && current == epoch) {
            visits++;
            return new Admission.Visit(this, data);
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
