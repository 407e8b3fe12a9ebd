package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.DataDirectory;
import io.percolate.gateway.bench.pod.store.DataTar;
import io.percolate.gateway.bench.pod.store.FileFact;
import io.percolate.gateway.bench.pod.store.ImmutableFiles;
import io.percolate.gateway.bench.pod.store.TenantData;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.pod.EvictOutcome;
import io.percolate.gateway.proxy.pod.ExportOutcome;
import io.percolate.gateway.proxy.pod.Keep;
import io.percolate.gateway.proxy.pod.data.Spool;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** How a tenant leaves memory, and this pod: context first, then the snapshot, and only then the data. */
public final class Departures {
    private static final long SNAPSHOT_BYTES_MAX = Long.MAX_VALUE;

    private final DataDirectory directory;
    private final Optional<TenantVault> vault;
    private final Scheduler blocking;
    private final ImmutableFiles files;

    Departures(DataDirectory directory, Optional<TenantVault> vault, Scheduler blocking, ImmutableFiles files) {
        this.files = files;
        this.directory = directory;
        this.vault = vault;
        this.blocking = blocking;
    }

    /** A departure that has been carried out. */
    record Departed(Residence residence, EvictOutcome outcome) {}

    boolean canLeaveNothing() {
        return vault.isPresent();
    }

    /** @param writesContext false where another pod takes the tenant over at once */
    Mono<Departed> ofHot(TenantId tenant, long epoch, TenantData data, Keep keep, boolean writesContext) {
        Mono<Optional<String>> context = vault.isEmpty() || !writesContext
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
                        .flatMap(folder ->
                                snapshot(tenant, epoch, folder).doFinally(signal -> directory.discard(folder)))
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

    /** Where the data lie in the vault as they were at some moment of this call. */
    Mono<URI> ofRunning(TenantId tenant, long epoch, TenantData data) {
        return Mono.fromCallable(() -> checkpoint(data))
                .subscribeOn(blocking)
                .flatMap(folder -> snapshot(tenant, epoch, folder).doFinally(signal -> directory.discard(folder)));
    }

    /** What is in memory here is of no worth any more. */
    Mono<Departed> ofSuperseded(TenantId tenant, long epoch, TenantData data) {
        return Mono.fromCallable(() -> {
                    data.close();
                    return gone(tenant, epoch, null, null);
                })
                .subscribeOn(blocking);
    }

    /** What is here is of no worth any more. */
    Mono<Departed> ofSuperseded(TenantId tenant, long epoch) {
        return Mono.fromCallable(() -> gone(tenant, epoch, null, null)).subscribeOn(blocking);
    }

    /** What another pod is sent of a tenant's files. */
    sealed interface Part {
        record All() implements Part {}

        /** What will not change while the tenant is served on. */
        record Immutable() implements Part {}

        /** All but what the other pod has already, by name, size and checksum; those are named. */
        record Rest(Map<String, FileFact> there) implements Part {}
    }

    ExportOutcome export(TenantId tenant, Residence residence, long epoch, Part part) {
        if (epoch < residence.epoch()) {
            return new ExportOutcome.NewerHere(residence.epoch());
        }
        return switch (residence) {
            case Residence.Warm(long last) -> new ExportOutcome.Data(last, packed(directory.database(tenant), part));
            case Residence.Hot(long current, TenantData data) -> {
                if (current != epoch) {
                    yield new ExportOutcome.NotStill(residence.label(), current);
                }
                Path folder = checkpoint(data);
                yield new ExportOutcome.Data(
                        current, packed(folder, part).doFinally(signal -> directory.discard(folder)));
            }
            case Residence.Loading(long current) -> new ExportOutcome.NotStill(residence.label(), current);
            case Residence.Evicting(long current) -> new ExportOutcome.NotStill(residence.label(), current);
            case Residence.Failed(long _, String _, var disk) ->
                disk.hasData()
                        ? new ExportOutcome.Data(disk.epoch(), packed(directory.database(tenant), part))
                        : new ExportOutcome.None();
            case Residence.Absent _ -> new ExportOutcome.None();
        };
    }

    private Flux<byte[]> packed(Path folder, Part part) {
        return switch (part) {
            case Part.All _ -> DataTar.pack(folder, blocking);
            case Part.Immutable _ ->
                DataTar.packed(
                        () -> {
                            List<Path> immutable = ImmutableFiles.in(folder);
                            for (Path file : immutable) {
                                // Remembered, so that it is not read again when requests are held.
                                files.fact(file);
                            }
                            return immutable;
                        },
                        blocking);
            case Part.Rest(var there) ->
                Flux.using(
                        directory::scratch,
                        list -> DataTar.packed(() -> rest(folder, there, list), blocking),
                        directory::discard);
        };
    }

    private List<Path> rest(Path folder, Map<String, FileFact> there, Path listFolder) throws IOException {
        List<Path> sent = new ArrayList<>();
        List<String> named = new ArrayList<>();
        for (Path file : DataTar.files(folder)) {
            FileFact known = ImmutableFiles.is(file) ? there.get(String.valueOf(file.getFileName())) : null;
            if (known != null
                    && Files.size(file) == known.size()
                    && files.fact(file).equals(known)) {
                named.add(known.name());
            } else {
                sent.add(file);
            }
        }
        sent.add(Files.write(Files.createDirectories(listFolder).resolve(Staging.LIST), named));
        return sent;
    }

    private Departed gone(TenantId tenant, long epoch, @Nullable String location, @Nullable String etag) {
        directory.remove(tenant, epoch, location);
        return new Departed(new Residence.Absent(epoch, location), new EvictOutcome.IsAbsent(location, etag));
    }

    private Mono<URI> snapshot(TenantId tenant, long epoch, Path folder) {
        return Mono.using(
                directory::scratch,
                tar -> Spool.write(DataTar.pack(folder, blocking), tar, SNAPSHOT_BYTES_MAX, blocking)
                        .then(Mono.defer(() -> vault.orElseThrow().storeSnapshot(tenant, epoch, tar))),
                directory::discard);
    }

    private Path checkpoint(TenantData data) {
        Path folder = directory.scratch();
        data.checkpoint(folder);
        return folder;
    }
}
