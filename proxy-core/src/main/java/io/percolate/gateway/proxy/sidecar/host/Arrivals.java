package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.proxy.pod.data.DataException;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.proxy.sidecar.data.Placement;
import io.percolate.gateway.proxy.sidecar.hook.TenantApplication;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.nio.file.Path;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** How a tenant's data come: from a source where that has newer ones, and never in part. */
final class Arrivals {
    private final TenantApplication application;
    private final Sources sources;
    private final Departures departures;
    private final Workspace workspace;
    private final Mono<Void> healthy;
    private final Scheduler blocking;

    /** @param healthy completes once the application answers; errors where it does not in time */
    Arrivals(
            TenantApplication application,
            Sources sources,
            Departures departures,
            Workspace workspace,
            Mono<Void> healthy,
            Scheduler blocking) {
        this.application = application;
        this.sources = sources;
        this.departures = departures;
        this.workspace = workspace;
        this.healthy = healthy;
        this.blocking = blocking;
    }

    /**
     * Brings the tenant's data here where need be, and has the application load them.
     */
    Mono<Void> loaded(TenantId tenant, Seat seat, LoadRequest request) {
        return departures
                .written(tenant, seat, seat.placement().seenUnder(request.epoch()))
                .then(healthy)
                .then(Mono.defer(() -> restored(tenant, seat, request)))
                .then(Mono.defer(() -> {
                    seat.beginsLoading();
                    return application.load(tenant, request.epoch());
                }))
                .then(Mono.defer(
                        () -> departures.written(tenant, seat, seat.placement().whole(request.epoch()))));
    }

    private Mono<Void> restored(TenantId tenant, Seat seat, LoadRequest request) {
        Placement own = seat.placement();
        URI from = request.restoreFrom();
        if (from == null) {
            return own.held() == Placement.Held.BROKEN
                    ? Mono.error(new DataException(
                            "an import or a deletion of its data broke off here: it needs restore_from"))
                    : Mono.empty();
        }
        return sources.fetch(tenant, request, from, own)
                .flatMap(fetched -> fetched.map(file -> replaced(tenant, seat, request.epoch(), file)
                                .publishOn(blocking)
                                .doFinally(signal -> workspace.discard(file)))
                        .orElse(Mono.empty()));
    }

    /** Puts a file's data in the place of those here. Errors with a DataException where it could not be read. */
    Mono<Void> replaced(TenantId tenant, Seat seat, long epoch, Path file) {
        Placement before = seat.placement().seenUnder(epoch);
        return departures
                .settled(tenant, seat)
                .then(departures.written(tenant, seat, before.broken(epoch, null)))
                .then(Mono.defer(() -> application.replace(tenant, epoch, file)))
                .then(Mono.defer(() -> departures.written(tenant, seat, before.whole(epoch))))
                .onErrorResume(
                        DataException.class,
                        unsound -> departures.written(tenant, seat, before).then(Mono.error(unsound)));
    }
}
