package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.proxy.pod.LoadEnd;
import io.percolate.gateway.proxy.sidecar.data.Placement;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One tenant's place.
 *
 * <p>{@link #control} is held, for as long as files take, by whoever changes the residence; the monitor only for the
 * change itself, so that a request on an event loop never waits for a disk.
 */
final class Seat {
    final ReentrantLock control = new ReentrantLock();

    private final ApplicationRun run;
    private final LoadEnd loadEnd = new LoadEnd();
    private Residence residence = Residence.STILL;
    private Placement placement;
    private int visits;
    /** The run of the application that has loaded the tenant last. */
    private long loadedIn;
    /** How often the application had died when it got the tenant into memory; 0 where it has nothing of it there. */
    private long inMemorySince;
    /** A load under a newer epoch that came while one was under way. */
    private @Nullable LoadRequest next;

    /** @param placement as it was left; whether the application still has its tenant in memory nobody knows then */
    Seat(Placement placement, ApplicationRun run) {
        this.run = run;
        this.placement = placement;
        this.inMemorySince = placement.isWhole() ? run.deaths() : 0;
    }

    synchronized Residence residence() {
        return residence;
    }

    void become(Residence changed) {
        synchronized (this) {
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
        if (residence instanceof Residence.Hot(long current) && current == epoch && loadedIn == run.current()) {
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

    /** Whether the application may have been started anew since it loaded the tenant, which is taken for hot. */
    synchronized boolean isForgotten() {
        return residence instanceof Residence.Hot && loadedIn != run.current();
    }

    /** The application is asked to load it, which counts once the tenant is hot. */
    synchronized void beginsLoading() {
        inMemorySince = run.deaths();
        loadedIn = run.current();
    }

    /** Whether the application may have of the tenant what its data have not. */
    synchronized boolean isInMemory() {
        return inMemorySince == run.deaths();
    }

    synchronized void settled() {
        inMemorySince = 0;
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
            case Residence.Hot _ -> loadedIn == run.current() ? "hot" : "loading";
            // No request enters; a view that asks for more sees that it is busy.
            case Residence.Leaving _ -> "hot";
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
