package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.proxy.pod.EvictOutcome;
import io.percolate.gateway.proxy.pod.ExportOutcome;
import io.percolate.gateway.proxy.pod.SnapshotOutcome;
import io.percolate.gateway.proxy.pod.data.Spool;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.proxy.sidecar.data.Placement;
import io.percolate.gateway.proxy.sidecar.hook.HookException;
import io.percolate.gateway.proxy.sidecar.hook.TenantApplication;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** The calls that take a tenant, or a copy of its data, away from here. Each is undone where it fails. */
final class Evictions {
    private static final Logger log = LoggerFactory.getLogger(Evictions.class);

    private final Seats seats;
    private final TenantApplication application;
    private final Departures departures;
    private final Workspace workspace;
    private final Scheduler blocking;

    Evictions(
            Seats seats,
            TenantApplication application,
            Departures departures,
            Workspace workspace,
            Scheduler blocking) {
        this.seats = seats;
        this.application = application;
        this.departures = departures;
        this.workspace = workspace;
        this.blocking = blocking;
    }

    Mono<EvictOutcome> evict(TenantId tenant, long epoch, boolean keepData, boolean writesContext) {
        Seat seat = seats.of(tenant);
        return seats.inControl(seat, () -> evict(tenant, seat, epoch, keepData, writesContext));
    }

    private Mono<EvictOutcome> evict(TenantId tenant, Seat seat, long epoch, boolean keepData, boolean writesContext) {
        if (epoch < seat.fence()) {
            return Mono.just(new EvictOutcome.NewerHere(seat.fence()));
        }
        return switch (seat.residence()) {
            case Residence.Loading(long current) -> Mono.just(new EvictOutcome.IsBusy(current));
            case Residence.Leaving(long current) -> Mono.just(new EvictOutcome.IsBusy(current));
            case Residence.Hot(long current) -> {
                // Assigned elsewhere since: what is here is of no worth, and must not reach S3 any more.
                boolean superseded = !keepData && epoch > current;
                if (!keepData && !superseded && !departures.canLeaveNothing()) {
                    yield Mono.just(new EvictOutcome.NoVault());
                }
                // An application that has lost the tenant would tell a context of nothing.
                boolean tells = writesContext && !superseded && !seat.isForgotten();
                if (!seat.closeDoor(new Residence.Leaving(current))) {
                    yield Mono.just(new EvictOutcome.IsBusy(current));
                }
                yield evictHot(
                        tenant,
                        seat,
                        current,
                        tells,
                        etag -> keepData
                                ? Mono.just(new EvictOutcome.IsWarm(etag))
                                : left(tenant, seat, superseded ? epoch : current, !superseded, etag));
            }
            case Residence.AtRest _ ->
                seat.visits() > 0
                        ? Mono.just(new EvictOutcome.IsBusy(seat.fence()))
                        : evictAtRest(tenant, seat, epoch, keepData);
        };
    }

    /** @param outcome of what is done once the application has let go of the tenant, by the context's entity tag */
    private Mono<EvictOutcome> evictHot(
            TenantId tenant,
            Seat seat,
            long epoch,
            boolean tells,
            Function<@Nullable String, Mono<EvictOutcome>> outcome) {
        Mono<Optional<String>> context = tells ? departures.context(tenant, epoch) : Mono.just(Optional.empty());
        Mono<EvictOutcome> departure = context.flatMap(etag -> departures
                .settled(tenant, seat)
                .then(Mono.defer(() -> outcome.apply(etag.orElse(null))))
                .onErrorResume(
                        failed -> !(failed instanceof HookException.Busy),
                        failed -> reloaded(tenant, seat, epoch).then(Mono.error(failed))));
        return seats.carriedOut(departure
                .doOnNext(done -> seats.free(seat, Residence.STILL))
                .onErrorResume(HookException.Busy.class, busy -> {
                    log.info("the application keeps tenant {}: {}", tenant, busy.getMessage());
                    seat.become(new Residence.Hot(epoch));
                    return Mono.just(new EvictOutcome.IsBusy(epoch));
                })
                .doOnError(error -> {
                    log.warn("evicting tenant {} failed", tenant, error);
                    if (error instanceof LoadLost) {
                        seats.free(seat, new Residence.AtRest(text(error)));
                    } else {
                        seat.become(new Residence.Hot(epoch));
                    }
                }));
    }

    /** The data go to the vault where they count, and are dropped here. */
    private Mono<EvictOutcome> left(
            TenantId tenant, Seat seat, long epoch, boolean count, @Nullable String contextEtag) {
        Mono<Optional<String>> stored = count
                ? departures.stored(tenant, epoch).map(location -> Optional.of(location.toString()))
                : Mono.just(Optional.empty());
        return stored.flatMap(location -> departures
                .dropped(tenant, seat, epoch, location.orElse(null))
                .thenReturn(new EvictOutcome.IsAbsent(location.orElse(null), contextEtag)));
    }

    /** The application has the tenant again; errors with {@link LoadLost} where it has not. */
    private Mono<Void> reloaded(TenantId tenant, Seat seat, long epoch) {
        return Mono.defer(() -> {
                    seat.beginsLoading();
                    return application.load(tenant, epoch);
                })
                .onErrorMap(LoadLost::new);
    }

    /** An eviction that failed and could not be undone: the tenant is at rest. */
    private static final class LoadLost extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LoadLost(Throwable cause) {
            super("the eviction failed, and the tenant could not be loaded again: " + text(cause), cause);
        }
    }

    private Mono<EvictOutcome> evictAtRest(TenantId tenant, Seat seat, long epoch, boolean keepData) {
        Placement here = seat.placement();
        String went = here.seen() == epoch ? here.location() : null;
        if (here.held() == Placement.Held.NOTHING) {
            seat.become(Residence.STILL);
            return Mono.just(new EvictOutcome.IsAbsent(went, null));
        }
        // Under a newer epoch the tenant has been assigned elsewhere since, from these data or from newer ones.
        boolean counts = here.isWhole() && epoch <= here.dataEpoch();
        if (!keepData && counts && !departures.canLeaveNothing()) {
            return Mono.just(new EvictOutcome.NoVault());
        }
        Residence before = seat.residence();
        seat.become(new Residence.Leaving(epoch));
        Mono<EvictOutcome> outcome = here.isWhole() && keepData
                ? Mono.just(new EvictOutcome.IsWarm(null))
                : Mono.defer(() -> leftAtRest(tenant, seat, epoch, counts, here.isWhole() ? null : went));
        return seats.carriedOut(departures
                .settled(tenant, seat)
                .then(outcome)
                .doOnNext(done -> seat.become(Residence.STILL))
                .doOnError(error -> {
                    log.warn("evicting tenant {}, which is at rest, failed", tenant, error);
                    seat.become(before);
                })
                .onErrorResume(HookException.Busy.class, busy -> Mono.just(new EvictOutcome.IsBusy(seat.fence()))));
    }

    private Mono<EvictOutcome> leftAtRest(
            TenantId tenant, Seat seat, long epoch, boolean count, @Nullable String went) {
        Mono<Optional<String>> stored = count
                ? departures
                        .stored(tenant, seat.placement().dataEpoch())
                        .map(location -> Optional.of(location.toString()))
                : Mono.just(Optional.ofNullable(went));
        return stored.flatMap(location -> departures
                .dropped(tenant, seat, epoch, location.orElse(null))
                .thenReturn(new EvictOutcome.IsAbsent(location.orElse(null), null)));
    }

    /** Stores what is here of the tenant, which stays; meanwhile nothing else may begin with it. */
    Mono<SnapshotOutcome> snapshot(TenantId tenant, long epoch) {
        Seat seat = seats.of(tenant);
        return seats.inControl(seat, () -> {
            if (!departures.canLeaveNothing()) {
                return Mono.just(new SnapshotOutcome.NoVault());
            }
            Residence before = seat.residence();
            Placement here = seat.placement();
            if (!(before instanceof Residence.AtRest) || !here.isWhole() || here.dataEpoch() != epoch) {
                return Mono.just(new SnapshotOutcome.NotStill(seat.label(), seat.fence()));
            }
            seat.become(new Residence.Leaving(seat.fence()));
            return seats.carriedOut(departures
                    .settled(tenant, seat)
                    .then(Mono.defer(() -> departures.stored(tenant, epoch)))
                    .<SnapshotOutcome>map(SnapshotOutcome.IsStored::new)
                    .onErrorResume(
                            HookException.Busy.class,
                            busy -> Mono.just(new SnapshotOutcome.NotStill("in use", seat.fence())))
                    .doOnTerminate(() -> seat.become(before))
                    .doOnError(error -> log.warn("a snapshot of {} failed", tenant, error)));
        });
    }

    /** The tenant's data, copied before the answer begins. */
    Mono<ExportOutcome> export(TenantId tenant, long epoch) {
        Seat seat = seats.of(tenant);
        AtomicBoolean unwanted = new AtomicBoolean();
        return seats.inControl(seat, () -> export(tenant, seat, epoch, unwanted))
                .doOnCancel(() -> unwanted.set(true));
    }

    private Mono<ExportOutcome> export(TenantId tenant, Seat seat, long epoch, AtomicBoolean unwanted) {
        if (epoch < seat.fence()) {
            return Mono.just(new ExportOutcome.NewerHere(seat.fence()));
        }
        Residence before = seat.residence();
        Placement here = seat.placement();
        return switch (before) {
            case Residence.Loading _, Residence.Leaving _ ->
                Mono.just(new ExportOutcome.NotStill(seat.label(), seat.fence()));
            case Residence.Hot(long current) ->
                current == epoch && application.exportsWhileHot() && !seat.isForgotten()
                        ? copied(tenant, here.dataEpoch(), unwanted)
                        : Mono.just(new ExportOutcome.NotStill(seat.label(), current));
            case Residence.AtRest _ -> {
                if (!here.isWhole()) {
                    yield Mono.just(new ExportOutcome.None());
                }
                seat.become(new Residence.Leaving(seat.fence()));
                yield seats.carriedOut(departures
                        .settled(tenant, seat)
                        .then(copied(tenant, here.dataEpoch(), unwanted))
                        .onErrorResume(
                                HookException.Busy.class,
                                busy -> Mono.just(new ExportOutcome.NotStill("in use", seat.fence())))
                        .doOnTerminate(() -> seat.become(before)));
            }
        };
    }

    /** @param unwanted whether who asked has gone, so that nobody will read the copy */
    private Mono<ExportOutcome> copied(TenantId tenant, long epoch, AtomicBoolean unwanted) {
        return Mono.defer(() -> {
            Path copy = workspace.scratch();
            return application
                    .export(tenant, epoch, copy)
                    .publishOn(blocking)
                    .doOnError(error -> workspace.discard(copy))
                    .then(Mono.fromCallable(() -> {
                        if (unwanted.get()) {
                            workspace.discard(copy);
                            return new ExportOutcome.None();
                        }
                        return new ExportOutcome.Data(
                                epoch,
                                Spool.read(copy, blocking)
                                        .doFinally(signal -> blocking.schedule(() -> workspace.discard(copy))));
                    }));
        });
    }

    static String text(Throwable error) {
        return error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    }
}
