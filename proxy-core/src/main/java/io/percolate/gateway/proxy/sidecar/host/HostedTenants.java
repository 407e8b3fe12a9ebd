package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.sidecar.data.Placement;
import io.percolate.gateway.proxy.sidecar.data.PlacementFiles;
import io.percolate.gateway.proxy.sidecar.data.Spool;
import io.percolate.gateway.proxy.sidecar.data.Workspace;
import io.percolate.gateway.proxy.sidecar.hook.HookException;
import io.percolate.gateway.proxy.sidecar.hook.TenantApplication;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.resources.LoopResources;

/**
 * All tenants of a sidecar.
 *
 * <p>The epoch is the fence: what comes under an older one than was seen here changes nothing, and requests enter under
 * exactly the current one. Loads and evictions are safe to repeat, and go on when who asked for them goes away.
 */
public final class HostedTenants implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HostedTenants.class);

    private final Settings settings;
    private final TenantApplication application;
    private final Workspace workspace;
    private final Sources sources;
    private final Arrivals arrivals;
    private final Departures departures;
    private final Scheduler blocking;
    private final Semaphore places;
    private final Map<TenantId, Seat> seats = new ConcurrentHashMap<>();
    private final Set<Disposable> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean draining;

    /**
     * @param capacity hot tenants at most
     * @param dataBytesMax size of a tenant's data that is taken
     */
    public record Settings(int capacity, long dataBytesMax) {}

    /** @param healthy completes once the application answers; errors where it does not in time */
    public HostedTenants(
            Settings settings,
            TenantApplication application,
            PlacementFiles placements,
            Workspace workspace,
            Optional<TenantVault> vault,
            Mono<Void> healthy,
            LoopResources loops,
            Scheduler blocking)
            throws IOException {
        this.settings = settings;
        this.application = application;
        this.workspace = workspace;
        this.blocking = blocking;
        this.places = new Semaphore(settings.capacity());
        this.sources = new Sources(vault, workspace, settings.dataBytesMax(), loops, blocking);
        this.departures = new Departures(application, placements, vault, workspace, blocking);
        this.arrivals = new Arrivals(application, sources, departures, workspace, healthy, blocking);
        placements.all().forEach((tenant, placement) -> seats.put(tenant, new Seat(placement)));
    }

    /** Admits a request, or says why not. Never blocks. */
    public Admission enter(TenantId tenant, long epoch) {
        Seat seat = seats.get(tenant);
        return seat == null ? new Admission.Misdirected("absent", 0) : seat.enter(epoch);
    }

    public Mono<LoadOutcome> load(TenantId tenant, long epoch, @Nullable URI restoreFrom) {
        Seat seat = seat(tenant);
        return inControl(seat, () -> load(tenant, seat, new LoadRequest(epoch, restoreFrom)))
                .flatMap(outcome -> outcome);
    }

    private Mono<LoadOutcome> load(TenantId tenant, Seat seat, LoadRequest request) {
        if (request.epoch() < seat.fence()) {
            return Mono.just(new LoadOutcome.NewerHere(seat.fence()));
        }
        return switch (seat.residence()) {
            case Residence.Hot(long epoch) -> {
                if (request.epoch() == epoch) {
                    yield Mono.just(new LoadOutcome.IsHot());
                }
                // From a source, its data may have lived on elsewhere since: that decides whether ours still count.
                if (request.restoreFrom() != null) {
                    yield seat.closeDoor(new Residence.Loading(request.epoch()))
                            ? begin(tenant, seat, request, true)
                            : Mono.just(new LoadOutcome.IsLeaving(epoch));
                }
                departures.write(tenant, seat, seat.placement().whole(request.epoch()));
                seat.become(new Residence.Hot(request.epoch()));
                yield Mono.just(new LoadOutcome.IsHot());
            }
            case Residence.Loading(long epoch) -> {
                if (request.epoch() > epoch) {
                    seat.follow(request);
                }
                yield Mono.just(new LoadOutcome.IsLoading());
            }
            case Residence.Leaving(long epoch) -> Mono.just(new LoadOutcome.IsLeaving(epoch));
            case Residence.AtRest _ -> {
                if (draining) {
                    yield Mono.just(new LoadOutcome.NoRoom("this pod is about to leave"));
                }
                if (!places.tryAcquire()) {
                    yield Mono.just(new LoadOutcome.NoRoom("all " + settings.capacity() + " places are taken"));
                }
                seat.become(new Residence.Loading(request.epoch()));
                yield begin(tenant, seat, request, false);
            }
        };
    }

    private Mono<LoadOutcome> begin(TenantId tenant, Seat seat, LoadRequest request, boolean wasHot) {
        carriedOut(arrivals.loaded(tenant, seat, request, wasHot)
                .then(Mono.fromCallable(() -> {
                    end(tenant, seat, new Residence.Hot(request.epoch()));
                    return true;
                }))
                .doOnError(error -> {
                    log.warn("loading tenant {} under epoch {} failed", tenant, request.epoch(), error);
                    end(tenant, seat, new Residence.AtRest(text(error)));
                }));
        return Mono.just(new LoadOutcome.IsLoading());
    }

    private void end(TenantId tenant, Seat seat, Residence residence) {
        seat.become(residence);
        if (!(residence instanceof Residence.Hot)) {
            places.release();
        }
        LoadRequest next = seat.takeNext();
        if (next != null) {
            carriedOut(inControl(seat, () -> load(tenant, seat, next)).flatMap(outcome -> outcome));
        }
    }

    public Mono<EvictOutcome> evict(TenantId tenant, long epoch, boolean keepData) {
        Seat seat = seat(tenant);
        return inControl(seat, () -> evict(tenant, seat, epoch, keepData)).flatMap(outcome -> outcome);
    }

    private Mono<EvictOutcome> evict(TenantId tenant, Seat seat, long epoch, boolean keepData) {
        if (epoch < seat.fence()) {
            return Mono.just(new EvictOutcome.NewerHere(seat.fence()));
        }
        return switch (seat.residence()) {
            case Residence.Loading(long current) -> Mono.just(new EvictOutcome.IsBusy(current));
            case Residence.Leaving(long current) -> Mono.just(new EvictOutcome.IsBusy(current));
            case Residence.Hot(long current) -> {
                if (!keepData && !departures.canLeaveNothing()) {
                    yield Mono.just(new EvictOutcome.NoVault());
                }
                yield seat.closeDoor(new Residence.Leaving(current))
                        ? evictHot(tenant, seat, current, keepData)
                        : Mono.just(new EvictOutcome.IsBusy(current));
            }
            case Residence.AtRest _ -> evictAtRest(tenant, seat, epoch, keepData);
        };
    }

    private Mono<EvictOutcome> evictHot(TenantId tenant, Seat seat, long epoch, boolean keepData) {
        Mono<EvictOutcome> departure = departures
                .context(tenant, epoch)
                .flatMap(etag -> application
                        .evict(tenant, epoch)
                        .then(Mono.defer(() -> keepData
                                        ? Mono.<EvictOutcome>just(new EvictOutcome.IsWarm(etag.orElse(null)))
                                        : departures
                                                .stored(tenant, epoch)
                                                .flatMap(location -> departures
                                                        .dropped(tenant, seat, epoch, location.toString())
                                                        .thenReturn(new EvictOutcome.IsAbsent(
                                                                location.toString(), etag.orElse(null)))))
                                .onErrorResume(
                                        failed -> !(failed instanceof HookException.Busy),
                                        failed -> reloaded(tenant, epoch).then(Mono.error(failed)))));
        return carriedOut(departure
                .doOnNext(done -> end(tenant, seat, Residence.STILL))
                .onErrorResume(HookException.Busy.class, busy -> {
                    log.info("the application keeps tenant {}: {}", tenant, busy.getMessage());
                    seat.become(new Residence.Hot(epoch));
                    return Mono.just(new EvictOutcome.IsBusy(epoch));
                })
                .doOnError(error -> {
                    log.warn("evicting tenant {} failed", tenant, error);
                    if (error instanceof LoadLost) {
                        end(tenant, seat, new Residence.AtRest(text(error)));
                    } else {
                        seat.become(new Residence.Hot(epoch));
                    }
                }));
    }

    /** The application has the tenant again; errors with {@link LoadLost} where it has not. */
    private Mono<Void> reloaded(TenantId tenant, long epoch) {
        return application.load(tenant, epoch).onErrorMap(LoadLost::new);
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
        if (here.isWhole() && keepData) {
            seat.become(Residence.STILL);
            return Mono.just(new EvictOutcome.IsWarm(null));
        }
        // Under a newer epoch the tenant has been assigned elsewhere since, from these data or from newer ones.
        boolean counts = here.isWhole() && epoch <= here.dataEpoch();
        if (counts && !departures.canLeaveNothing()) {
            return Mono.just(new EvictOutcome.NoVault());
        }
        Residence before = seat.residence();
        seat.become(new Residence.Leaving(epoch));
        Mono<Optional<String>> stored = counts
                ? departures.stored(tenant, here.dataEpoch()).map(location -> Optional.of(location.toString()))
                : Mono.just(Optional.ofNullable(here.isWhole() ? null : went));
        return carriedOut(stored.flatMap(location -> departures
                        .dropped(tenant, seat, epoch, location.orElse(null))
                        .thenReturn((EvictOutcome) new EvictOutcome.IsAbsent(location.orElse(null), null)))
                .doOnNext(done -> seat.become(Residence.STILL))
                .doOnError(error -> {
                    log.warn("dropping the data of tenant {} failed", tenant, error);
                    seat.become(before);
                }));
    }

    /** Stores what is here of the tenant, which stays; meanwhile nothing else may begin with it. */
    public Mono<SnapshotOutcome> snapshot(TenantId tenant, long epoch) {
        Seat seat = seat(tenant);
        return inControl(seat, () -> {
                    if (!departures.canLeaveNothing()) {
                        return Mono.<SnapshotOutcome>just(new SnapshotOutcome.NoVault());
                    }
                    Residence before = seat.residence();
                    Placement here = seat.placement();
                    if (!(before instanceof Residence.AtRest) || !here.isWhole() || here.dataEpoch() != epoch) {
                        return Mono.<SnapshotOutcome>just(new SnapshotOutcome.NotStill(seat.label(), seat.fence()));
                    }
                    seat.become(new Residence.Leaving(seat.fence()));
                    return carriedOut(departures
                            .stored(tenant, epoch)
                            .<SnapshotOutcome>map(SnapshotOutcome.IsStored::new)
                            .doOnTerminate(() -> seat.become(before))
                            .doOnError(error -> log.warn("a snapshot of {} failed", tenant, error)));
                })
                .flatMap(outcome -> outcome);
    }

    /** The tenant's data, copied before the answer begins. */
    public Mono<ExportOutcome> export(TenantId tenant, long epoch) {
        Seat seat = seat(tenant);
        return inControl(seat, () -> export(tenant, seat, epoch)).flatMap(outcome -> outcome);
    }

    private Mono<ExportOutcome> export(TenantId tenant, Seat seat, long epoch) {
        if (epoch < seat.fence()) {
            return Mono.just(new ExportOutcome.NewerHere(seat.fence()));
        }
        Residence before = seat.residence();
        Placement here = seat.placement();
        switch (before) {
            case Residence.Loading _, Residence.Leaving _ -> {
                return Mono.just(new ExportOutcome.NotStill(seat.label(), seat.fence()));
            }
            case Residence.Hot(long current) -> {
                if (current != epoch || !application.exportsWhileHot()) {
                    return Mono.just(new ExportOutcome.NotStill(seat.label(), current));
                }
                return copied(tenant, here.dataEpoch());
            }
            case Residence.AtRest _ -> {
                if (!here.isWhole()) {
                    return Mono.just(new ExportOutcome.None());
                }
                seat.become(new Residence.Leaving(seat.fence()));
                return carriedOut(copied(tenant, here.dataEpoch()).doOnTerminate(() -> seat.become(before)));
            }
        }
    }

    private Mono<ExportOutcome> copied(TenantId tenant, long epoch) {
        return Mono.defer(() -> {
            Path copy = workspace.scratch();
            return application
                    .export(tenant, epoch, copy)
                    .doOnError(error -> workspace.discard(copy))
                    .thenReturn(new ExportOutcome.Data(
                            epoch,
                            Spool.read(copy, blocking)
                                    .doFinally(signal -> blocking.schedule(() -> workspace.discard(copy)))));
        });
    }

    /** Replaces what is here of the tenant; false where it is hot, or was seen under a newer epoch. */
    public Mono<Boolean> receive(TenantId tenant, long epoch, Flux<byte[]> content) {
        return sources.spooled(content).publishOn(blocking).flatMap(file -> {
            Seat seat = seat(tenant);
            return inControl(seat, () -> {
                        Residence before = seat.residence();
                        if (!(before instanceof Residence.AtRest) || epoch < seat.fence()) {
                            return Mono.just(false);
                        }
                        seat.become(new Residence.Leaving(epoch));
                        return carriedOut(arrivals.replaced(tenant, seat, epoch, file)
                                .thenReturn(true)
                                .doOnTerminate(() -> seat.become(Residence.STILL)));
                    })
                    .flatMap(taken -> taken)
                    .publishOn(blocking)
                    .doFinally(signal -> workspace.discard(file));
        });
    }

    public Mono<TenantView> view(TenantId tenant) {
        return Mono.fromCallable(() -> {
                    Seat seat = seats.get(tenant);
                    return view(tenant, seat == null ? new Seat(Placement.NOTHING) : seat);
                })
                .subscribeOn(blocking);
    }

    /** Every tenant that is here, in memory or at rest. */
    public Mono<List<TenantView>> all() {
        return Mono.fromCallable(() -> seats.entrySet().stream()
                        .filter(entry -> !entry.getValue().label().equals("absent"))
                        .map(entry -> view(entry.getKey(), entry.getValue()))
                        .toList())
                .subscribeOn(blocking);
    }

    /** Has an application that was away load its hot tenants again; errors of one do not keep the others. */
    public Mono<Void> loadAgain() {
        return Flux.fromIterable(seats.entrySet())
                .concatMap(entry -> entry.getValue().residence() instanceof Residence.Hot(long epoch)
                        ? application.load(entry.getKey(), epoch).onErrorResume(error -> {
                            log.error("the application did not load tenant {} again", entry.getKey(), error);
                            return Mono.empty();
                        })
                        : Mono.empty())
                .then();
    }

    public int hotCount() {
        return settings.capacity() - places.availablePermits();
    }

    public int inFlight() {
        return seats.values().stream().mapToInt(Seat::visits).sum();
    }

    public int capacity() {
        return settings.capacity();
    }

    public boolean isDraining() {
        return draining;
    }

    /** From now on no further tenant is loaded. */
    public void drain() {
        draining = true;
    }

    /** Ends what is under way; what is here stays. */
    @Override
    public void close() {
        drain();
        underWay.forEach(Disposable::dispose);
    }

    private TenantView view(TenantId tenant, Seat seat) {
        int visits = seat.visits();
        return new TenantView(
                tenant,
                seat.label(),
                seat.fence(),
                visits,
                visits > 0 || seat.residence() instanceof Residence.Leaving,
                application.sizeBytes(tenant),
                seat.error());
    }

    /** Decides on a thread that may block, one at a time for each tenant. */
    private <T> Mono<T> inControl(Seat seat, Callable<T> decision) {
        return Mono.fromCallable(() -> {
                    seat.control.lock();
                    try {
                        return decision.call();
                    } finally {
                        seat.control.unlock();
                    }
                })
                .subscribeOn(blocking);
    }

    /** Starts work that nobody may cancel but the end of the process; it reports its own errors. */
    private <T> Mono<T> carriedOut(Mono<T> work) {
        Mono<T> shared = work.cache();
        Disposable.Swap handle = Disposables.swap();
        underWay.add(handle);
        handle.update(shared.doFinally(signal -> underWay.remove(handle)).subscribe(done -> {}, reported -> {}));
        return shared;
    }

    private static String text(Throwable error) {
        return error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    }

    private Seat seat(TenantId tenant) {
        return seats.computeIfAbsent(tenant, t -> new Seat(Placement.NOTHING));
    }
}
