package io.percolate.gateway.bench.pod.host;

import io.netty.channel.ChannelOption;
import io.percolate.gateway.bench.pod.store.DataDirectory;
import io.percolate.gateway.bench.pod.store.DataException;
import io.percolate.gateway.bench.pod.store.DataTar;
import io.percolate.gateway.bench.pod.store.OnDisk;
import io.percolate.gateway.bench.pod.vault.TenantVault;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.ByteBufMono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import tools.jackson.databind.json.JsonMapper;

/** Fetches a tenant's data from a snapshot or from another pod to this one's disk, in pieces, under a bound. */
final class Restoring {
    private static final int CONNECT_MILLIS_MAX = 2_000;
    /** Between two reads: a silent peer ends the load, a slow one does not. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);

    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int NOT_IMPLEMENTED = 501;

    private final DataDirectory directory;
    private final Optional<TenantVault> vault;
    private final long bytesMax;
    private final Staging staging;
    private final Scheduler blocking;
    private final HttpClient http = HttpClient.create(ConnectionProvider.newConnection())
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
            .responseTimeout(SILENCE_MAX);

    Restoring(
            DataDirectory directory, Optional<TenantVault> vault, long bytesMax, Staging staging, Scheduler blocking) {
        this.staging = staging;
        this.directory = directory;
        this.vault = vault;
        this.bytesMax = bytesMax;
        this.blocking = blocking;
    }

    /** The unpacked data, for the caller to place; empty where this pod's own are at least as new. */
    Mono<Optional<Path>> fetch(TenantId tenant, LoadRequest request, URI from, OnDisk own) {
        return switch (String.valueOf(from.getScheme())) {
            case "s3" -> fromVault(tenant, from, own);
            case "http" ->
                staging.of(tenant)
                        .map(staged -> restFromPod(request.epoch(), from, own, staged)
                                .switchIfEmpty(Mono.defer(() -> fromPod(request.epoch(), from, own)))
                                .doFinally(end -> blocking.schedule(() -> staging.drop(tenant))))
                        .orElseGet(() -> fromPod(request.epoch(), from, own));
            default -> Mono.error(new DataException("restore_from: expected an s3:// or http:// URL, got " + from));
        };
    }

    private Mono<Optional<Path>> fromVault(TenantId tenant, URI from, OnDisk own) {
        if (vault.isEmpty()) {
            return Mono.error(new DataException("restore_from " + from + ": this pod was given no S3"));
        }
        return Mono.defer(() -> isAsNew(own, vault.get().epochOf(from))
                ? Mono.just(Optional.empty())
                : unpacked(vault.get().snapshot(tenant, from)).map(Optional::of));
    }

    private Mono<Optional<Path>> fromPod(long epoch, URI from, OnDisk own) {
        return http.headers(headers -> headers.set("X-Placement-Epoch", epoch))
                .get()
                .uri(from)
                .response((response, content) -> {
                    if (response.status().code() != OK) {
                        return Flux.error(new DataException("expected 200 from " + from + ", got "
                                + response.status().code()));
                    }
                    // Completing without reading on closes the connection: it is not reused.
                    return isAsNew(own, epochOf(response, from))
                            ? Flux.just(Optional.<Path>empty())
                            : unpacked(content.asByteArray().map(ByteBuffer::wrap))
                                    .map(Optional::of)
                                    .flux();
                })
                .next();
    }

    /** What is not staged; empty where the pod has no such call. */
    private Mono<Optional<Path>> restFromPod(long epoch, URI from, OnDisk own, Staging.Staged staged) {
        List<Map<String, Object>> have = staged.facts().values().stream()
                .map(fact -> Map.<String, Object>of("name", fact.name(), "size", fact.size(), "sha256", fact.sha256()))
                .toList();
        return http.headers(headers -> headers.set("X-Placement-Epoch", epoch).set("Content-Type", "application/json"))
                .post()
                .uri(from)
                .send(ByteBufMono.fromString(Mono.just(JsonMapper.shared().writeValueAsString(Map.of("have", have)))))
                .response((response, content) -> {
                    int status = response.status().code();
                    if (status == NOT_FOUND || status == NOT_ALLOWED || status == NOT_IMPLEMENTED) {
                        return Flux.<Optional<Path>>empty();
                    }
                    if (status != OK) {
                        return Flux.error(new DataException("expected 200 from " + from + ", got " + status));
                    }
                    return isAsNew(own, epochOf(response, from))
                            ? Flux.just(Optional.<Path>empty())
                            : unpacked(content.asByteArray().map(ByteBuffer::wrap))
                                    .publishOn(blocking)
                                    .map(folder -> {
                                        Staging.complete(folder, staged);
                                        return Optional.of(folder);
                                    })
                                    .flux();
                })
                .next();
    }

    /** Fetches what will not change from a pod that serves the tenant on. */
    Mono<Staging.Staged> stage(TenantId tenant, long epoch, URI from) {
        return http.headers(headers -> headers.set("X-Placement-Epoch", epoch))
                .get()
                .uri(URI.create(from + "?part=immutable"))
                .response((response, content) -> response.status().code() == OK
                        ? unpacked(content.asByteArray().map(ByteBuffer::wrap), true)
                                .flux()
                        : Flux.error(new DataException("expected 200 from " + from + ", got "
                                + response.status().code())))
                .next()
                .publishOn(blocking)
                .map(folder -> staging.keep(tenant, folder));
    }

    private static long epochOf(HttpClientResponse response, URI from) {
        String epoch = response.responseHeaders().get("X-Placement-Epoch", "");
        try {
            return Long.parseLong(epoch);
        } catch (NumberFormatException e) {
            throw new DataException("expected an X-Placement-Epoch from " + from + ", got '" + epoch + "'", e);
        }
    }

    private static boolean isAsNew(OnDisk own, long epoch) {
        return own.hasData() && own.epoch() >= epoch;
    }

    Mono<Path> unpacked(Flux<ByteBuffer> tar) {
        return unpacked(tar, false);
    }

    private Mono<Path> unpacked(Flux<ByteBuffer> tar, boolean mayBeEmpty) {
        return Mono.using(
                directory::scratch,
                spool -> DataTar.spool(tar, spool, bytesMax, blocking)
                        .then(Mono.fromCallable(() -> {
                                    Path folder = directory.scratch();
                                    try {
                                        DataTar.unpack(spool, folder, bytesMax, mayBeEmpty);
                                        return folder;
                                    } catch (DataException broken) {
                                        deleteQuietly(folder, broken);
                                        throw broken;
                                    }
                                })
                                .subscribeOn(blocking)),
                spool -> {
                    try {
                        DataDirectory.deleteAll(spool);
                    } catch (IOException e) {
                        throw new DataException("cannot delete " + spool, e);
                    }
                });
    }

    private static void deleteQuietly(Path folder, DataException cause) {
        try {
            DataDirectory.deleteAll(folder);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
