package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.directory.DirectoryMeters.Refusal;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads routes from replicas, and hands on to the primary what a replica does not answer as well.
 *
 * <p>That is: a tenant that the replica does not know (it may just have been created), a version below the cached one, an
 * answer that lacks a change which was announced, one that is too old, and no answer in time. Each load asks one replica
 * at most.
 */
final class ReplicaReads {
    private static final Logger log = LoggerFactory.getLogger(ReplicaReads.class);

    private final RouteReplicas replicas;
    private final long staleMaxNanos;
    private final LongSupplier nanoClock;
    private final DirectoryMeters meters;
    private final RouteLoader.Landings landings;
    private final Consumer<Flight> primary;
    private final Lane lane;
    private final Lane outageLane;

    /**
     * @param withShared asks the second level first, then goes on with what it is given
     * @param primary loads by the primary
     */
    ReplicaReads(
            RouteReplicas replicas,
            DirectoryConfig config,
            LongSupplier nanoClock,
            DirectoryMeters meters,
            RouteLoader.Landings landings,
            BiConsumer<List<Flight>, Consumer<List<Flight>>> withShared,
            Consumer<Flight> primary) {
        this.replicas = replicas;
        this.staleMaxNanos = config.staleMax().toNanos();
        this.nanoClock = nanoClock;
        this.meters = meters;
        this.landings = landings;
        this.primary = primary;
        this.lane = new Lane(
                config.batchMax(),
                config.queriesMax(),
                Duration.ZERO,
                batch -> withShared.accept(batch, asked -> ask(asked, false)));
        this.outageLane = new Lane(
                config.batchMax(),
                config.queriesMax(),
                Duration.ZERO,
                batch -> withShared.accept(batch, asked -> ask(asked, true)));
    }

    /** Takes a load over; false when the primary has to be asked. */
    boolean take(Flight flight) {
        return flight.mayLag() && replicas.pick(flight.tenant()) != null && accept(lane, flight);
    }

    /** The same while the primary is down: answers may be as old as any known route that is served. */
    boolean takeInOutage(Flight flight) {
        return flight.mayLag() && replicas.pickInOutage() != null && accept(outageLane, flight);
    }

    private static boolean accept(Lane lane, Flight flight) {
        boolean isAccepted = lane.add(flight, RouteLoader.WAITING_MAX);
        lane.dispatch();
        return isAccepted;
    }

    private void ask(List<Flight> batch, boolean inOutage) {
        Lane asking = inOutage ? outageLane : lane;
        RouteReplicas.Replica replica = inOutage
                ? replicas.pickInOutage()
                : replicas.pick(batch.getFirst().tenant());
        if (replica == null) {
            asking.ended();
            batch.forEach(primary);
            asking.dispatch();
            return;
        }
        List<Flight> sent = new ArrayList<>(batch.size());
        for (Flight flight : batch) {
            if (flight.sendToReplica()) {
                sent.add(flight);
            } else {
                primary.accept(flight);
            }
        }
        long begin = nanoClock.getAsLong();
        RouteQuery.runOnReplica(replica.statements(), RouteLoader.knownVersions(sent), replica.marker())
                .timeout(replica.timeout())
                .doOnTerminate(asking::ended)
                .subscribe(
                        reading -> {
                            replica.answered(reading.mark());
                            meters.loadedFromReplica(sent.size(), nanoClock.getAsLong() - begin);
                            land(sent, reading, inOutage ? staleMaxNanos : replicas.ageMaxNanos());
                            asking.dispatch();
                        },
                        error -> {
                            log.debug("a replica did not answer", error);
                            replica.failed(error);
                            handOn(sent, Refusal.FAILED);
                            asking.dispatch();
                        });
    }

    private void land(List<Flight> batch, RouteQuery.Reading reading, long ageMaxNanos) {
        Map<TenantId, RouteQuery.Answer> byTenant =
                reading.answers().stream().collect(Collectors.toMap(RouteQuery.Answer::tenant, answer -> answer));
        for (Flight flight : batch) {
            OptionalLong asOf = replicas.asOf(flight.tenant(), reading.mark(), ageMaxNanos);
            RouteLookup lookup = lookup(byTenant.get(flight.tenant()), flight.basis());
            if (asOf.isEmpty()) {
                handOn(List.of(flight), Refusal.BEHIND);
            } else if (!(lookup instanceof RouteLookup.Known)) {
                handOn(List.of(flight), Refusal.UNKNOWN);
            } else if (isOlder(lookup, flight.basis())) {
                handOn(List.of(flight), Refusal.OLDER);
            } else {
                flight.answeredByReplica(asOf.getAsLong());
                landings.landed(flight, lookup);
            }
        }
    }

    /** What it says of a tenant; null when it says nothing that can be read. */
    private static @Nullable RouteLookup lookup(RouteQuery.@Nullable Answer answer, @Nullable RouteLookup basis) {
        return switch (answer) {
            case RouteQuery.Answer.Found found -> found.lookup();
            case RouteQuery.Answer.Unreadable unreadable -> null;
            case null -> basis;
        };
    }

    private static boolean isOlder(RouteLookup lookup, @Nullable RouteLookup basis) {
        return basis != null && lookup.version() < basis.version();
    }

    private void handOn(List<Flight> flights, Refusal why) {
        meters.refusedReplica(why, flights.size());
        flights.forEach(primary);
    }
}
