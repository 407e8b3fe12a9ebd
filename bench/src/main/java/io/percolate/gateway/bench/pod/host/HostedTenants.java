package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.ClosedDataException;
import io.percolate.gateway.bench.pod.store.DataDirectory;
import io.percolate.gateway.bench.pod.store.FileFact;
import io.percolate.gateway.bench.pod.store.OnDisk;
import io.percolate.gateway.bench.pod.store.TenantData;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.pod.EvictOutcome;
import io.percolate.gateway.proxy.pod.ExportOutcome;
import io.percolate.gateway.proxy.pod.Keep;
import io.percolate.gateway.proxy.pod.LoadOutcome;
import io.percolate.gateway.proxy.pod.PodHost;
import io.percolate.gateway.proxy.pod.SnapshotOutcome;
import io.percolate.gateway.proxy.pod.TenantView;
import io.percolate.gateway.proxy.pod.UnderWay;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.resources.LoopResources;

/**
 * All tenants of a pod.
 *
 * <p>The epoch is the fence: what comes under an older one than the pod has seen changes nothing, and requests are
 * admitted under exactly the current one. Loads and evictions are safe to repeat.
 */
public final class HostedTenants implements PodHost, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HostedTenants.class);

    private final Settings settings;
    private final DataDirectory directory;
    private final Staging staging;
    private final Restoring restoring;
    private final Departures departures;
    private final Scheduler blocking;
    private final Semaphore places;
    private final Map<TenantId, Seat> seats = new ConcurrentHashMap<>();
    private final UnderWay underWay = new UnderWay();
    private volatile boolean draining;

    /**
     * @param capacity hot tenants at most
     * @param restoreBytesMax size of a tenant's data that is fetched
     * @param loadDelay how long a load waits first, to look like a pod with more to do
     */
    public record Settings(int capacity, long restoreBytesMax, Duration loadDelay) {}

    public HostedTenants(
            Settings settings,
            DataDirectory directory,
            Optional<TenantVault> vault,
            LoopResources loops,
            Scheduler blocking)
            throws IOException {
        this.settings = settings;
        this.directory = directory;
        this.blocking = blocking;
        this.places = new Semaphore(settings.capacity());
        this.staging = new Staging(settings.capacity(), blocking);
        this.restoring = new Restoring(directory, vault, settings.restoreBytesMax(), staging, loops, blocking);
        this.departures = new Departures(directory, vault, blocking, staging.files());
        directory.all().forEach((tenant, disk) -> seats.put(tenant, new Seat(Residence.of(disk))));
    }

    /** Admits a request, or says why not. Never blocks. */
    public Admission enter(TenantId tenant, long epoch) {
        Seat seat = seats.get(tenant);
        return seat == null ? new Admission.Misdirected("absent", 0) : seat.enter(epoch);
    }

    @Override
    public Mono<LoadOutcome> load(TenantId tenant, long epoch, @Nullable URI restoreFrom) {
        return Mono.fromCallable(() -> {
                    Seat seat = seat(tenant);
                    seat.control.lock();
                    try {
                        return load(tenant, seat, new LoadRequest(epoch, restoreFrom));
                    } finally {
                        seat.control.unlock();
                    }
                })
                .subscribeOn(blocking);
    }

    private LoadOutcome load(TenantId tenant, Seat seat, LoadRequest request) {
        if (request.epoch() < seat.fence()) {
            return new LoadOutcome.NewerHere(seat.fence());
        }
        return switch (seat.residence()) {
            case Residence.Hot(long epoch, TenantData data) -> {
                if (request.epoch() == epoch) {
                    yield new LoadOutcome.IsHot();
                }
                if (request.restoreFrom() == null) {
                    directory.stamp(tenant, request.epoch());
                    seat.become(new Residence.Hot(request.epoch(), data));
                    yield new LoadOutcome.IsHot();
                }
                // Its data may have lived on elsewhere since: the source decides whether ours still count.
                yield begin(tenant, seat, request, data);
            }
            case Residence.Loading(long epoch) -> {
                if (request.epoch() > epoch) {
                    seat.follow(request);
                }
                yield new LoadOutcome.IsLoading();
            }
            case Residence.Evicting(long epoch) -> new LoadOutcome.IsLeaving(epoch);
            case Residence.Absent _, Residence.Warm _, Residence.Failed _ -> {
                if (draining) {
                    yield new LoadOutcome.NoRoom("this pod is about to leave");
                }
                if (!places.tryAcquire()) {
                    yield new LoadOutcome.NoRoom("all " + settings.capacity() + " places are taken");
                }
                yield begin(tenant, seat, request, null);
            }
        };
    }

    /** Starts the work of a load, which goes on whoever asked for it stays or not. */
    private LoadOutcome begin(TenantId tenant, Seat seat, LoadRequest request, @Nullable TenantData open) {
        OnDisk before = directory.of(tenant);
        seat.become(new Residence.Loading(request.epoch()));
        underWay.carriedOut(Mono.delay(settings.loadDelay(), blocking)
                .then(Mono.defer(() -> loaded(tenant, request, before, open)))
                .doOnNext(data -> end(tenant, seat, new Residence.Hot(request.epoch(), data)))
                .doOnError(error -> {
                    log.warn("loading tenant {} under epoch {} failed", tenant, request.epoch(), error);
                    if (open != null) {
                        open.close();
                    }
                    end(tenant, seat, new Residence.Failed(request.epoch(), text(error), before));
                }));
        return new LoadOutcome.IsLoading();
    }

    private Mono<TenantData> loaded(TenantId tenant, LoadRequest request, OnDisk before, @Nullable TenantData open) {
        URI from = request.restoreFrom();
        Mono<Optional<Path>> fetched =
                from == null ? Mono.just(Optional.empty()) : restoring.fetch(tenant, request, from, before);
        return fetched.publishOn(blocking).map(folder -> {
            if (folder.isEmpty() && open != null) {
                directory.stamp(tenant, request.epoch());
                return open;
            }
            if (folder.isPresent()) {
                if (open != null) {
                    open.close();
                }
                directory.replace(tenant, folder.get(), request.epoch());
            }
            return directory.open(tenant, request.epoch());
        });
    }

    private void end(TenantId tenant, Seat seat, Residence residence) {
        seat.control.lock();
        try {
            seat.become(residence);
            if (!(residence instanceof Residence.Hot)) {
                places.release();
            }
            LoadRequest next = seat.takeNext();
            if (next != null) {
                load(tenant, seat, next);
            }
        } finally {
            seat.control.unlock();
        }
    }

    /** Fetches from the pod that serves the tenant what a load will not have to fetch then. */
    public Mono<StageOutcome> stage(TenantId tenant, long epoch, URI from) {
        return Mono.defer(() -> {
                    Seat seat = seat(tenant);
                    boolean out = switch (seat.residence()) {
                        case Residence.Absent _, Residence.Warm _, Residence.Failed _ -> true;
                        case Residence.Hot _, Residence.Loading _, Residence.Evicting _ -> false;
                    };
                    if (!out || epoch < seat.fence()) {
                        return Mono.<StageOutcome>just(new StageOutcome.IsHere(seat.fence()));
                    }
                    return staging.isFull(tenant)
                            ? Mono.<StageOutcome>just(new StageOutcome.NoRoom())
                            : restoring
                                    .stage(tenant, epoch, from)
                                    .<StageOutcome>map(staged -> new StageOutcome.IsStaged(
                                            staged.bytes(), staged.facts().size()));
                })
                .subscribeOn(blocking);
    }

    public Mono<Void> unstage(TenantId tenant) {
        return Mono.<Void>fromRunnable(() -> staging.drop(tenant)).subscribeOn(blocking);
    }

    @Override
    public Mono<EvictOutcome> evict(TenantId tenant, long epoch, Keep keep, boolean writesContext) {
        return Mono.defer(() -> {
                    Seat seat = seat(tenant);
                    seat.control.lock();
                    try {
                        return evict(tenant, seat, epoch, keep, writesContext);
                    } finally {
                        seat.control.unlock();
                    }
                })
                .subscribeOn(blocking);
    }

    private Mono<EvictOutcome> evict(TenantId tenant, Seat seat, long epoch, Keep keep, boolean writesContext) {
        Residence residence = seat.residence();
        if (epoch < seat.fence()) {
            return Mono.just(new EvictOutcome.NewerHere(seat.fence()));
        }
        return switch (residence) {
            case Residence.Loading(long current) -> Mono.just(new EvictOutcome.IsBusy(current));
            case Residence.Evicting(long current) -> Mono.just(new EvictOutcome.IsBusy(current));
            case Residence.Absent(long last, String location) ->
                // Asked again: the answer to the first call may have been lost.
                Mono.just(new EvictOutcome.IsAbsent(last == epoch ? location : null, null));
            case Residence.Hot(long current, TenantData data) -> {
                // Assigned elsewhere since: what is in memory here is of no worth, and must not reach S3 any more.
                boolean superseded = keep == Keep.NOTHING && epoch > current;
                if (keep == Keep.NOTHING && !superseded && !departures.canLeaveNothing()) {
                    yield Mono.just(new EvictOutcome.NoVault());
                }
                if (keep == Keep.NOTHING && !superseded && seat.isStoring()) {
                    yield Mono.just(new EvictOutcome.IsBusy(current));
                }
                if (!seat.beginEviction()) {
                    yield Mono.just(new EvictOutcome.IsBusy(current));
                }
                yield departing(
                        seat,
                        residence,
                        superseded
                                ? departures.ofSuperseded(tenant, epoch, data)
                                : departures.ofHot(tenant, current, data, keep, writesContext),
                        true);
            }
            case Residence.Warm(long last) -> evictFromDisk(tenant, seat, new OnDisk(last, true, null), epoch, keep);
            case Residence.Failed(long _, String _, OnDisk disk) -> evictFromDisk(tenant, seat, disk, epoch, keep);
        };
    }

    private Mono<EvictOutcome> evictFromDisk(TenantId tenant, Seat seat, OnDisk disk, long epoch, Keep keep) {
        if (keep == Keep.DISK || !disk.hasData()) {
            seat.become(Residence.of(disk));
            return Mono.just(
                    disk.hasData()
                            ? new EvictOutcome.IsWarm(null)
                            : new EvictOutcome.IsAbsent(disk.epoch() == epoch ? disk.location() : null, null));
        }
        // Under a newer epoch the tenant has been assigned elsewhere since, from these data or from newer ones.
        boolean superseded = epoch > disk.epoch();
        if (!superseded && seat.isStoring()) {
            return Mono.just(new EvictOutcome.IsBusy(disk.epoch()));
        }
        if (!superseded && !departures.canLeaveNothing()) {
            return Mono.just(new EvictOutcome.NoVault());
        }
        Residence before = seat.residence();
        seat.become(new Residence.Evicting(before.epoch()));
        return departing(
                seat,
                before,
                superseded ? departures.ofSuperseded(tenant, epoch) : departures.ofWarm(tenant, disk.epoch()),
                false);
    }

    /** Carries an eviction out, also when who asked goes away; undoes it when it fails. */
    private Mono<EvictOutcome> departing(
            Seat seat, Residence before, Mono<Departures.Departed> departure, boolean hadPlace) {
        Mono<EvictOutcome> work = departure
                .map(departed -> {
                    seat.become(departed.residence());
                    if (hadPlace) {
                        places.release();
                    }
                    return departed.outcome();
                })
                .doOnError(error -> {
                    boolean stillOpen = before instanceof Residence.Hot(long _, TenantData data) && data.isOpen();
                    seat.become(stillOpen || !hadPlace ? before : new Residence.Warm(before.epoch()));
                    if (hadPlace && !stillOpen) {
                        places.release();
                    }
                });
        return underWay.carriedOut(work.doOnError(error -> log.warn("an eviction failed and was undone", error)));
    }

    /** Of a tenant at rest nothing else may begin meanwhile. */
    @Override
    public Mono<SnapshotOutcome> snapshot(TenantId tenant, long epoch) {
        return Mono.defer(() -> {
                    Seat seat = seat(tenant);
                    seat.control.lock();
                    try {
                        Residence before = seat.residence();
                        if (!departures.canLeaveNothing()) {
                            return Mono.<SnapshotOutcome>just(new SnapshotOutcome.NoVault());
                        }
                        if (before instanceof Residence.Hot(long current, TenantData data) && current == epoch) {
                            return checkpointed(tenant, seat, epoch, data);
                        }
                        if (!(before instanceof Residence.Warm(long last)) || last != epoch || seat.isStoring()) {
                            return Mono.<SnapshotOutcome>just(
                                    new SnapshotOutcome.NotStill(before.label(), seat.fence()));
                        }
                        seat.become(new Residence.Evicting(last));
                        Mono<SnapshotOutcome> work = departures
                                .stored(tenant, last)
                                .<SnapshotOutcome>map(SnapshotOutcome.IsStored::new)
                                .doOnTerminate(() -> seat.become(before));
                        return underWay.carriedOut(
                                work.doOnError(error -> log.warn("a snapshot of {} failed", tenant, error)));
                    } finally {
                        seat.control.unlock();
                    }
                })
                .subscribeOn(blocking);
    }

    /**
     * Stores what the tenant's data are at this moment, while it goes on being used. One at a time: a later snapshot of the same
     * epoch goes to the same place, and must not be overtaken by an earlier one.
     */
    private Mono<SnapshotOutcome> checkpointed(TenantId tenant, Seat seat, long epoch, TenantData data) {
        if (!seat.beginStoring()) {
            return Mono.just(new SnapshotOutcome.NotStill("being stored", seat.fence()));
        }
        Mono<SnapshotOutcome> work = departures
                .ofRunning(tenant, epoch, data)
                .<SnapshotOutcome>map(SnapshotOutcome.IsStored::new)
                .onErrorResume(
                        ClosedDataException.class,
                        evicted -> Mono.just(new SnapshotOutcome.NotStill("evicted meanwhile", epoch)))
                .doFinally(signal -> seat.endStoring());
        return underWay.carriedOut(work.doOnError(error -> log.warn("a snapshot of {} failed", tenant, error)));
    }

    @Override
    public Mono<ExportOutcome> export(TenantId tenant, long epoch) {
        return export(tenant, epoch, new Departures.Part.All());
    }

    /** Those files that will not change while the tenant is served on. */
    public Mono<ExportOutcome> exportImmutable(TenantId tenant, long epoch) {
        return export(tenant, epoch, new Departures.Part.Immutable());
    }

    /** All files but those that are at their receiver's already. */
    public Mono<ExportOutcome> exportRest(TenantId tenant, long epoch, List<FileFact> there) {
        return export(
                tenant,
                epoch,
                new Departures.Part.Rest(
                        there.stream().collect(Collectors.toMap(FileFact::name, fact -> fact, (one, other) -> one))));
    }

    private Mono<ExportOutcome> export(TenantId tenant, long epoch, Departures.Part part) {
        return Mono.fromCallable(() -> {
                    Seat seat = seat(tenant);
                    seat.control.lock();
                    try {
                        return departures.export(tenant, seat.residence(), epoch, part);
                    } finally {
                        seat.control.unlock();
                    }
                })
                .subscribeOn(blocking);
    }

    @Override
    public Mono<Boolean> receive(TenantId tenant, long epoch, Flux<byte[]> tar) {
        return restoring.unpacked(tar).publishOn(blocking).map(folder -> {
            Seat seat = seat(tenant);
            seat.control.lock();
            try {
                boolean out = switch (seat.residence()) {
                    case Residence.Absent _, Residence.Warm _, Residence.Failed _ -> true;
                    case Residence.Hot _, Residence.Loading _, Residence.Evicting _ -> false;
                };
                if (!out || epoch < seat.fence()) {
                    directory.discard(folder);
                    return false;
                }
                directory.replace(tenant, folder, epoch);
                seat.become(new Residence.Warm(epoch));
                return true;
            } finally {
                seat.control.unlock();
            }
        });
    }

    @Override
    public Mono<TenantView> view(TenantId tenant) {
        return Mono.fromCallable(() -> {
                    Seat seat = seats.get(tenant);
                    return view(tenant, seat == null ? new Seat(Residence.of(OnDisk.NOTHING)) : seat);
                })
                .subscribeOn(blocking);
    }

    @Override
    public Mono<Void> loadEnded(TenantId tenant) {
        return Mono.defer(() -> {
            Seat seat = seats.get(tenant);
            return seat == null ? Mono.empty() : seat.loadEnded();
        });
    }

    @Override
    public Mono<List<TenantView>> all() {
        return Mono.fromCallable(() -> seats.entrySet().stream()
                        .filter(entry -> !(entry.getValue().residence() instanceof Residence.Absent))
                        .map(entry -> view(entry.getKey(), entry.getValue()))
                        .toList())
                .subscribeOn(blocking);
    }

    @Override
    public int hotCount() {
        return settings.capacity() - places.availablePermits();
    }

    @Override
    public int capacity() {
        return settings.capacity();
    }

    @Override
    public boolean isDraining() {
        return draining;
    }

    /** From now on no further tenant is loaded. */
    public void drain() {
        draining = true;
    }

    /** Ends what is under way and closes all data; they stay on disk. */
    @Override
    public void close() {
        drain();
        underWay.close();
        staging.close();
        seats.values().forEach(seat -> {
            if (seat.residence() instanceof Residence.Hot(long epoch, TenantData _)) {
                seat.become(new Residence.Warm(epoch));
            }
        });
        directory.close();
    }

    private TenantView view(TenantId tenant, Seat seat) {
        Residence residence = seat.residence();
        int visits = seat.visits();
        return new TenantView(
                tenant,
                residence.label(),
                residence.epoch(),
                visits,
                visits > 0 || residence instanceof Residence.Evicting,
                residence instanceof Residence.Hot(long _, TenantData data) ? memoryOf(data) : 0,
                directory.sizeBytes(tenant),
                residence instanceof Residence.Failed(long _, String error, OnDisk _) ? error : null);
    }

    private static long memoryOf(TenantData data) {
        try {
            return data.memoryBytes();
        } catch (ClosedDataException evicted) {
            return 0;
        }
    }

    private static String text(Throwable error) {
        return error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    }

    private Seat seat(TenantId tenant) {
        return seats.computeIfAbsent(tenant, t -> new Seat(Residence.of(OnDisk.NOTHING)));
    }
}
