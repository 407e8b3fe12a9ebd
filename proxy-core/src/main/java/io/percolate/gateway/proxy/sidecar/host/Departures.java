package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.proxy.sidecar.data.Placement;
import io.percolate.gateway.proxy.sidecar.data.PlacementFiles;
import io.percolate.gateway.proxy.sidecar.hook.TenantApplication;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** How a tenant's data leave: the context first, then the snapshot, and only then the data. */
final class Departures {
    private static final Logger log = LoggerFactory.getLogger(Departures.class);

    private final TenantApplication application;
    private final PlacementFiles placements;
    private final Optional<TenantVault> vault;
    private final Workspace workspace;
    private final Scheduler blocking;

    Departures(
            TenantApplication application,
            PlacementFiles placements,
            Optional<TenantVault> vault,
            Workspace workspace,
            Scheduler blocking) {
        this.application = application;
        this.placements = placements;
        this.vault = vault;
        this.workspace = workspace;
        this.blocking = blocking;
    }

    boolean canLeaveNothing() {
        return vault.isPresent();
    }

    /** Completes once the application has nothing of the tenant in memory that its data have not. */
    Mono<Void> settled(TenantId tenant, Seat seat) {
        return Mono.defer(() -> seat.isInMemory()
                ? application.evict(tenant, seat.placement().dataEpoch()).then(Mono.fromRunnable(seat::settled))
                : Mono.empty());
    }

    /** The entity tag of the context that was stored; empty where there is none, or nowhere to put it. */
    Mono<Optional<String>> context(TenantId tenant, long epoch) {
        if (vault.isEmpty()) {
            return Mono.just(Optional.empty());
        }
        return application
                .context(tenant, epoch)
                .flatMap(context -> context.map(told -> vault.get()
                                .storeContext(tenant, epoch, told.contentType(), told.content())
                                .map(Optional::of))
                        .orElse(Mono.just(Optional.empty())));
    }

    /** Where the data, which are at rest, lie in the vault now, too. */
    Mono<URI> stored(TenantId tenant, long epoch) {
        return Mono.using(
                workspace::scratch,
                tar -> application
                        .export(tenant, epoch, tar)
                        .then(Mono.defer(() -> vault.orElseThrow().storeSnapshot(tenant, epoch, tar)))
                        .publishOn(blocking),
                workspace::discard);
    }

    /**
     * Drops the data, which count no more or are stored elsewhere. What cannot be deleted now stays, marked as of no
     * worth, until the next eviction.
     */
    Mono<Void> dropped(TenantId tenant, Seat seat, long epoch, @Nullable String location) {
        return written(tenant, seat, seat.placement().broken(epoch, location))
                .then(Mono.defer(() -> application.delete(tenant, epoch)))
                .then(Mono.defer(() -> written(tenant, seat, seat.placement().gone())))
                .onErrorResume(error -> {
                    if (seat.placement().held() != Placement.Held.BROKEN) {
                        return Mono.error(error);
                    }
                    log.warn("the data of {} are given up, but could not be deleted", tenant, error);
                    return Mono.empty();
                });
    }

    /** Remembers a placement for good. */
    Mono<Void> written(TenantId tenant, Seat seat, Placement placement) {
        return Mono.<Void>fromRunnable(() -> write(tenant, seat, placement)).subscribeOn(blocking);
    }

    /** The same, at once; blocks. */
    void write(TenantId tenant, Seat seat, Placement placement) {
        placements.write(tenant, placement);
        seat.remember(placement);
    }
}
