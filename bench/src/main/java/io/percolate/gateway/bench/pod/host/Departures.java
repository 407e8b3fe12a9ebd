package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.DataDirectory;
import io.percolate.gateway.bench.pod.store.DataException;
import io.percolate.gateway.bench.pod.store.DataTar;
import io.percolate.gateway.bench.pod.store.TenantData;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** How a tenant leaves memory, and this pod: context first, then the snapshot, and only then the data. */
public final class Departures {
    private static final Logger log = LoggerFactory.getLogger(Departures.class);
    private static final long SNAPSHOT_BYTES_MAX = Long.MAX_VALUE;

    private final DataDirectory directory;
    private final Optional<TenantVault> vault;
    private final Scheduler blocking;

    Departures(DataDirectory directory, Optional<TenantVault> vault, Scheduler blocking) {
        this.directory = directory;
        this.vault = vault;
        this.blocking = blocking;
    }

    /** A departure that has been carried out. */
    record Departed(Residence residence, EvictOutcome outcome) {}

    /** What another pod may fetch of a tenant. */
    public sealed interface Export {
        /** @param tar cold; reading it once cleans up after it */
        record Data(long epoch, Flux<ByteBuffer> tar) implements Export {}

        record None() implements Export {}

        /** Hot, loading or leaving: a copy made now would miss what comes next. */
        record NotStill(String state, long epoch) implements Export {}

        record NewerHere(long epoch) implements Export {}
    }

    boolean canLeaveNothing() {
        return vault.isPresent();
    }

    Mono<Departed> ofHot(TenantId tenant, long epoch, TenantData data, Keep keep) {
        Mono<Optional<String>> context = vault.isEmpty()
                ? Mono.just(Optional.empty())
                : Mono.fromCallable(() -> ContextDocument.of(tenant, epoch, data, Instant.now()))
                        .subscribeOn(blocking)
                        .flatMap(document ->
                                vault.get().storeContext(tenant, epoch, ContextDocument.CONTENT_TYPE, document))
                        .map(Optional::of);
        return context.flatMap(etag -> switch (keep) {
            case DISK ->
                Mono.fromCallable(() -> {
                            data.flush();
                            data.close();
                            return new Departed(new Residence.Warm(epoch), new EvictOutcome.IsWarm(etag.orElse(null)));
                        })
                        .subscribeOn(blocking);
            case NOTHING ->
                Mono.fromCallable(() -> checkpoint(data))
                        .subscribeOn(blocking)
                        .flatMap(folder -> snapshot(tenant, epoch, folder).doFinally(signal -> delete(folder)))
                        .publishOn(blocking)
                        .map(location -> {
                            data.close();
                            return gone(tenant, epoch, location.toString(), etag.orElse(null));
                        });
        });
    }

    /** Where the tenant's data lie in the vault now, too. */
    Mono<URI> stored(TenantId tenant, long epoch) {
        return snapshot(tenant, epoch, directory.database(tenant));
    }

    /** The context was stored when the tenant left memory. */
    Mono<Departed> ofWarm(TenantId tenant, long epoch) {
        return snapshot(tenant, epoch, directory.database(tenant))
                .publishOn(blocking)
                .map(location -> gone(tenant, epoch, location.toString(), null));
    }

    /** What is here is of no worth any more. */
    Mono<Departed> ofSuperseded(TenantId tenant, long epoch) {
        return Mono.fromCallable(() -> gone(tenant, epoch, null, null)).subscribeOn(blocking);
    }

    Export export(TenantId tenant, Residence residence, long epoch) {
        if (epoch < residence.epoch()) {
            return new Export.NewerHere(residence.epoch());
        }
        return switch (residence) {
            case Residence.Warm(long last) -> new Export.Data(last, DataTar.pack(directory.database(tenant), blocking));
            case Residence.Hot(long current, TenantData data) -> {
                if (current != epoch) {
                    yield new Export.NotStill(residence.label(), current);
                }
                Path folder = checkpoint(data);
                yield new Export.Data(current, DataTar.pack(folder, blocking).doFinally(signal -> delete(folder)));
            }
            case Residence.Loading(long current) -> new Export.NotStill(residence.label(), current);
            case Residence.Evicting(long current) -> new Export.NotStill(residence.label(), current);
            case Residence.Failed(long _, String _, var disk) ->
                disk.hasData()
                        ? new Export.Data(disk.epoch(), DataTar.pack(directory.database(tenant), blocking))
                        : new Export.None();
            case Residence.Absent _ -> new Export.None();
        };
    }

    private Departed gone(TenantId tenant, long epoch, @Nullable String location, @Nullable String etag) {
        directory.remove(tenant, epoch, location);
        return new Departed(new Residence.Absent(epoch, location), new EvictOutcome.IsAbsent(location, etag));
    }

    private Mono<URI> snapshot(TenantId tenant, long epoch, Path folder) {
        return Mono.using(
                directory::scratch,
                tar -> DataTar.spool(DataTar.pack(folder, blocking), tar, SNAPSHOT_BYTES_MAX, blocking)
                        .then(Mono.defer(() -> vault.orElseThrow().storeSnapshot(tenant, epoch, tar))),
                this::delete);
    }

    private Path checkpoint(TenantData data) {
        Path folder = directory.scratch();
        data.checkpoint(folder);
        return folder;
    }

    private void delete(Path path) {
        try {
            DataDirectory.deleteAll(path);
        } catch (IOException e) {
            log.warn("cannot delete {}; it goes when the pod starts again", path, new DataException("kept", e));
        }
    }
}
