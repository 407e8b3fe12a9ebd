package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.pod.EvictOutcome;
import io.percolate.gateway.proxy.pod.ExportOutcome;
import io.percolate.gateway.proxy.pod.Keep;
import io.percolate.gateway.proxy.pod.LoadOutcome;
import io.percolate.gateway.proxy.pod.PodHost;
import io.percolate.gateway.proxy.pod.SnapshotOutcome;
import io.percolate.gateway.proxy.pod.TenantView;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.proxy.sidecar.data.Placement;
import io.percolate.gateway.proxy.sidecar.data.PlacementFiles;
import io.percolate.gateway.proxy.sidecar.hook.TenantApplication;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
public final class HostedTenants implements PodHost, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HostedTenants.class);
    private static final int LOADED_AGAIN_AT_ONCE = 4;

    private final TenantApplication application;
    private final Workspace workspace;
    private final ApplicationRun run = new ApplicationRun();
    private final Seats seats;
    private final Sources sources;
    private final Arrivals arrivals;
    private final Evictions evictions;
    private final Scheduler blocking;
    private final Departures departures;
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
        this.application = application;
        this.workspace = workspace;
        this.blocking = blocking;
        this.seats = new Seats(placements.all(), run, settings.capacity(), blocking);
        this.sources = new Sources(vault, workspace, settings.dataBytesMax(), loops, blocking);
        this.departures = new Departures(application, placements, vault, workspace, blocking);
        this.arrivals = new Arrivals(application, sources, departures, workspace, healthy, blocking);
        this.evictions = new Evictions(seats, application, departures, workspace, blocking);
    }

    /** Admits a request, or says why not. Never blocks. */
    public Admission enter(TenantId tenant, long epoch) {
        Seat seat = seats.existing(tenant);
        return seat == null ? new Admission.Misdirected("absent", 0) : seat.enter(epoch);
    }

    @Override
    public Mono<LoadOutcome> load(TenantId tenant, long epoch, @Nullable URI restoreFrom) {
        Seat seat = seats.of(tenant);
        return seats.inControl(seat, () -> load(tenant, seat, new LoadRequest(epoch, restoreFrom)));
    }

    private Mono<LoadOutcome> load(TenantId tenant, Seat seat, LoadRequest request) {
        if (request.epoch() < seat.fence()) {
            return Mono.just(new LoadOutcome.NewerHere(seat.fence()));
        }
        return switch (seat.residence()) {
            case Residence.Hot(long epoch) -> loadHot(tenant, seat, epoch, request);
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
                if (!seats.take()) {
                    yield Mono.just(new LoadOutcome.NoRoom("all " + seats.capacity() + " places are taken"));
                }
                begin(tenant, seat, request);
                yield Mono.just(new LoadOutcome.IsLoading());
            }
        };
    }

    private Mono<LoadOutcome> loadHot(TenantId tenant, Seat seat, long epoch, LoadRequest request) {
        if (seat.isForgotten()) {
            begin(tenant, seat, request);
            return Mono.just(new LoadOutcome.IsLoading());
        }
        if (request.epoch() == epoch) {
            return Mono.just(new LoadOutcome.IsHot());
        }
        // From a source, its data may have lived on elsewhere since: that decides whether ours still count.
        if (request.restoreFrom() != null) {
            if (!seat.closeDoor(new Residence.Loading(request.epoch()))) {
                return Mono.just(new LoadOutcome.IsLeaving(epoch));
            }
            begin(tenant, seat, request);
            return Mono.just(new LoadOutcome.IsLoading());
        }
        departures.write(tenant, seat, seat.placement().whole(request.epoch()));
        seat.become(new Residence.Hot(request.epoch()));
        return Mono.just(new LoadOutcome.IsHot());
    }

    /** Starts the load of a tenant that has a place; the work tells when it is over. */
    private Mono<Void> begin(TenantId tenant, Seat seat, LoadRequest request) {
        seat.become(new Residence.Loading(request.epoch()));
        return seats.carriedOut(arrivals.loaded(tenant, seat, request)
                .doOnSuccess(done -> {
                    seat.become(new Residence.Hot(request.epoch()));
                    next(tenant, seat);
                })
                .doOnError(error -> {
                    log.warn("loading tenant {} under epoch {} failed", tenant, request.epoch(), error);
                    seats.free(seat, new Residence.AtRest(Evictions.text(error)));
                    next(tenant, seat);
                }));
    }

    private void next(TenantId tenant, Seat seat) {
        LoadRequest next = seat.takeNext();
        if (next != null) {
            seats.carriedOut(seats.inControl(seat, () -> load(tenant, seat, next)));
        }
    }

    @Override
    public Mono<EvictOutcome> evict(TenantId tenant, long epoch, Keep keep, boolean writesContext) {
        return evictions.evict(tenant, epoch, keep == Keep.DISK, writesContext);
    }

    /** Stores what is here of the tenant, which stays; meanwhile nothing else may begin with it. */
    @Override
    public Mono<SnapshotOutcome> snapshot(TenantId tenant, long epoch) {
        return evictions.snapshot(tenant, epoch);
    }

    /** The tenant's data, copied before the answer begins. */
    @Override
    public Mono<ExportOutcome> export(TenantId tenant, long epoch) {
        return evictions.export(tenant, epoch);
    }

    @Override
    public Mono<Boolean> receive(TenantId tenant, long epoch, Flux<byte[]> content) {
        return sources.spooled(content).publishOn(blocking).flatMap(file -> {
            Seat seat = seats.of(tenant);
            return seats.inControl(seat, () -> {
                        Residence before = seat.residence();
                        if (!(before instanceof Residence.AtRest) || epoch < seat.fence()) {
                            return Mono.just(false);
                        }
                        seat.become(new Residence.Leaving(epoch));
                        return seats.carriedOut(arrivals.replaced(tenant, seat, epoch, file)
                                .thenReturn(true)
                                .doOnTerminate(() -> seat.become(Residence.STILL)));
                    })
                    .publishOn(blocking)
                    .doFinally(signal -> workspace.discard(file));
        });
    }

    @Override
    public Mono<TenantView> view(TenantId tenant) {
        return Mono.fromCallable(() -> {
                    Seat seat = seats.existing(tenant);
                    return view(tenant, seat == null ? new Seat(Placement.NOTHING, run) : seat);
                })
                .subscribeOn(blocking);
    }

    @Override
    public Mono<Void> loadEnded(TenantId tenant) {
        return Mono.defer(() -> {
            Seat seat = seats.existing(tenant);
            return seat == null ? Mono.empty() : seat.loadEnded();
        });
    }

    @Override
    public Mono<List<TenantView>> all() {
        return Mono.fromCallable(() -> seats.all().entrySet().stream()
                        .filter(entry -> !entry.getValue().label().equals("absent"))
                        .map(entry -> view(entry.getKey(), entry.getValue()))
                        .toList())
                .subscribeOn(blocking);
    }

    /**
     * The application may have been started anew, so that it knows no tenant: none is served before it was loaded again.
     *
     * @param surely whether it has died, so that there is nothing in memory that it could still write out
     */
    public void applicationLost(boolean surely) {
        if (surely) {
            run.hasEnded();
        }
        // One that nobody tells of loads finds its tenants by itself.
        if (application.isToldOfLoads()) {
            run.mayHaveEnded();
        }
    }

    /** Has the application load, under their epochs, its hot tenants that it has lost. Never errors: who is not loaded is at rest. */
    public Mono<Void> loadAgain() {
        return Flux.fromIterable(seats.all().entrySet())
                .filter(entry -> entry.getValue().isForgotten())
                .flatMap(entry -> loadedAgain(entry.getKey(), entry.getValue()), LOADED_AGAIN_AT_ONCE)
                .then();
    }

    private Mono<Void> loadedAgain(TenantId tenant, Seat seat) {
        return seats.inControl(
                        seat,
                        () -> seat.residence() instanceof Residence.Hot(long epoch) && seat.isForgotten()
                                ? begin(tenant, seat, new LoadRequest(epoch, null))
                                : Mono.<Void>empty())
                .onErrorComplete();
    }

    @Override
    public int hotCount() {
        return seats.taken();
    }

    public int inFlight() {
        return seats.all().values().stream().mapToInt(Seat::visits).sum();
    }

    @Override
    public int capacity() {
        return seats.capacity();
    }

    @Override
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
        seats.close();
    }

    private TenantView view(TenantId tenant, Seat seat) {
        int visits = seat.visits();
        return new TenantView(
                tenant,
                seat.label(),
                seat.fence(),
                visits,
                visits > 0 || seat.residence() instanceof Residence.Leaving,
                // What a tenant takes of the application's memory, only the application could tell.
                0,
                application.sizeBytes(tenant),
                seat.error());
    }
}
