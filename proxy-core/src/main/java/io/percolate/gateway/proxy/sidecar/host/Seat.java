package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.proxy.sidecar.data.Placement;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One tenant's place.
 *
 * <p>{@link #control} is held, for as long as files take, by whoever changes the residence; the monitor only for the
 * change itself, so that a request on an event loop never waits for a disk.
 */
final class Seat {
    final ReentrantLock control = new ReentrantLock();

    private Residence residence = Residence.STILL;
    private Placement placement;
    private int visits;
    /** A load under a newer epoch that came while one was under way. */
    private @Nullable LoadRequest next;

    Seat(Placement placement) {
        this.placement = placement;
    }

    synchronized Residence residence() {
        return residence;
    }

    synchronized void become(Residence changed) {
        residence = changed;
    }

    synchronized Placement placement() {
        return placement;
    }

    synchronized void remember(Placement changed) {
        placement = changed;
    }

    synchronized int visits() {
        return visits;
    }

    synchronized Admission enter(long epoch) {
        if (residence instanceof Residence.Hot(long current) && current == epoch) {
            visits++;
            return new Admission.Visit(this);
        }
        return new Admission.Misdirected(label(), placement.seen());
    }

    synchronized void leave() {
        visits--;
    }

    /** Closes the door for requests, unless some are inside. */
    synchronized boolean closeDoor(Residence behind) {
        if (visits > 0) {
            return false;
        }
        residence = behind;
        return true;
    }

    synchronized void follow(LoadRequest request) {
        if (next == null || request.epoch() > next.epoch()) {
            next = request;
        }
    }

    synchronized @Nullable LoadRequest takeNext() {
        LoadRequest taken = next;
        next = null;
        return taken;
    }

    /** The epoch that no older call may undercut. */
    synchronized long fence() {
        return next == null ? placement.seen() : Math.max(next.epoch(), placement.seen());
    }

    /** As the contract spells it. */
    synchronized String label() {
        return switch (residence) {
            case Residence.AtRest(String error) ->
                switch (placement.held()) {
                    case NOTHING -> error == null ? "absent" : "failed";
                    case WHOLE -> error == null ? "warm" : "failed";
                    case BROKEN -> "failed";
                };
            case Residence.Loading _ -> "loading";
            // No request enters; a view that asks for more sees that it is busy.
            case Residence.Hot _, Residence.Leaving _ -> "hot";
        };
    }

    /** Why it is failed; null where it is not. */
    synchronized @Nullable String error() {
        if (!(residence instanceof Residence.AtRest(String error))) {
            return null;
        }
        return error == null && placement.held() == Placement.Held.BROKEN
                ? "an import or a deletion of its data broke off"
                : error;
    }
}
