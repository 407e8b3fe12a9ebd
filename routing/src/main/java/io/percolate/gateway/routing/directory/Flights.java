package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.directory.RouteExplanation.Source;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loads under way: one for a tenant at a time, from the first who asks until its answer is in the cache.
 *
 * <p>What a load brings is kept only if no flush has happened since it began; if a newer version was announced meanwhile,
 * it is loaded again.
 */
final class Flights implements RouteLoader.Landings {
    private static final Logger log = LoggerFactory.getLogger(Flights.class);
    /** Loads of one flight, when newer versions are announced than they bring. */
    private static final int ATTEMPTS_MAX = 3;

    private final RouteCache cache;
    private final Watchers watchers;
    private final RouteLoader loader;
    private final LongSupplier nanoClock;
    private final ConcurrentHashMap<TenantId, Flight> underWay = new ConcurrentHashMap<>();

    Flights(
            RouteCache cache,
            Watchers watchers,
            Statements statements,
            SharedRoutes shared,
            RouteReplicas replicas,
            DirectoryConfig config,
            LongSupplier nanoClock,
            DirectoryMeters meters) {
        this.cache = cache;
        this.watchers = watchers;
        this.nanoClock = nanoClock;
        this.loader = new RouteLoader(statements, shared, replicas, config, nanoClock, meters, this);
    }

    /** Whether there is room for loads that nobody waits for. */
    boolean haveRoom() {
        return loader.hasRoom();
    }

    /** PostgreSQL has been heard. */
    void reopen() {
        loader.reopen();
    }

    /**
     * The flight under way for this tenant, else a new one.
     *
     * @param floorVersion the version that it has to bring at least
     */
    Flight join(TenantId tenant, Source source, long floorVersion) {
        while (true) {
            Flight present = underWay.get(tenant);
            if (present != null) {
                if (present.raiseFloor(floorVersion)) {
                    if (source == Source.POSTGRES && present.isForNews() && !present.isSent()) {
                        loader.hurry();
                    }
                    return present;
                }
                // It has ended just now, too early to take this in.
                underWay.remove(tenant, present);
            }
            Flight next = new Flight(tenant, source, floorVersion, source == Source.POSTGRES && floorVersion == 0);
            if (underWay.putIfAbsent(tenant, next) == null) {
                return departed(next);
            }
        }
    }

    /** A flight whose question has not gone out yet, so that its answer is no older than this call. */
    Flight joinAfterNow(TenantId tenant, Source source) {
        Flight next = new Flight(tenant, source, 0, false);
        Flight joined = underWay.compute(tenant, (id, present) -> {
            if (present != null && present.insist()) {
                return present;
            }
            if (present != null) {
                // It will not hear of changes any more, since the next one does.
                present.discard();
            }
            return next;
        });
        return joined.equals(next) ? departed(next) : joined;
    }

    /** Only once it is registered, so that a flush from now on reaches it: a basis from before would outlive the flush. */
    private Flight departed(Flight flight) {
        Entry entry = cache.seen(flight.tenant());
        if (entry != null) {
            flight.setBasis(entry.lookup());
        }
        loader.load(flight);
        return flight;
    }

    /** Tells the flight under way of a version; false when there is none that can still bring it. */
    boolean hear(TenantId tenant, long version) {
        Flight present = underWay.get(tenant);
        return present != null && present.raiseFloor(version);
    }

    void discard(TenantId tenant) {
        Flight flight = underWay.remove(tenant);
        if (flight != null) {
            flight.discard();
        }
    }

    void discardAll() {
        for (Iterator<Flight> all = underWay.values().iterator(); all.hasNext(); ) {
            all.next().discard();
            all.remove();
        }
    }

    @Override
    public void landed(Flight flight, RouteLookup loaded) {
        boolean isLast = flight.attempts() >= ATTEMPTS_MAX;
        boolean isVain = isLast && flight.lacks(loaded.version());
        RouteLookup best = cache.keep(flight, loaded, isVain);
        // Looked at after keeping: a change that is announced from now on finds the entry.
        if (!flight.ends(best.version(), isLast)) {
            cache.outdate(flight.tenant(), flight.floorVersion());
            loader.load(flight);
            return;
        }
        underWay.remove(flight.tenant(), flight);
        watchers.offer(flight.tenant(), best);
        flight.land(best);
        long floor = flight.floorVersion();
        if (isVain) {
            log.warn("{} was announced at version {}, but is at {}", flight.tenant(), floor, best.version());
        } else if (best.version() < floor) {
            // It changes faster than it can be loaded: who has waited so long gets this, the rest another flight.
            announced(flight.tenant(), floor);
        }
    }

    @Override
    public void landedShared(Flight flight, SharedRoutes.Shared found) {
        if (flight.floorVersion() > found.lookup().version()) {
            return;
        }
        long age = Math.max(0, found.age().toNanos());
        Entry entry = cache.keepShared(flight, found.lookup(), nanoClock.getAsLong() - age);
        if (entry != null && cache.isServableStale(entry)) {
            flight.setBasis(entry.lookup());
            flight.land(entry.lookup());
        }
    }

    @Override
    public void failed(Flight flight, FailureException failure) {
        cache.reloadFailed(flight.tenant());
        flight.ends(Long.MAX_VALUE, true);
        underWay.remove(flight.tenant(), flight);
        flight.fail(failure);
    }

    /**
     * The tenant's route has this version now, or a later one. A route in use is loaded at once, so that nobody has to
     * wait for it; others when they are asked for.
     */
    void announced(TenantId tenant, long version) {
        boolean isHeard = hear(tenant, version);
        boolean isOutdatedInUse = cache.outdate(tenant, version) && haveRoom();
        if (!isHeard && (isOutdatedInUse || watchers.await(tenant, version))) {
            join(tenant, Source.NOTIFICATION, version);
        }
    }
}
