package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.DataDirectory;
import io.percolate.gateway.bench.pod.store.DataTar;
import io.percolate.gateway.bench.pod.store.OnDisk;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.pod.data.DataException;
import io.percolate.gateway.proxy.pod.data.DataSources;
import io.percolate.gateway.proxy.pod.data.Spool;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.ByteBufMono;
import reactor.netty.resources.LoopResources;
import tools.jackson.databind.json.JsonMapper;

/** Fetches a tenant's data from a snapshot or from another pod to this one's disk, in pieces, under a bound. */
final class Restoring {
    /** Between two reads: a silent peer ends the load, a slow one does not. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);

    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int NOT_IMPLEMENTED = 501;

    private final DataDirectory directory;
    private final DataSources sources;
    private final long bytesMax;
    private final Staging staging;
    private final Scheduler blocking;

    Restoring(
            DataDirectory directory,
            Optional<TenantVault> vault,
            long bytesMax,
            Staging staging,
            LoopResources loops,
            Scheduler blocking) {
        this.directory = directory;
        this.sources = new DataSources(vault, loops, SILENCE_MAX);
        this.bytesMax = bytesMax;
        this.staging = staging;
        this.blocking = blocking;
    }

    /** The unpacked data, for the caller to place; empty where this pod's own are at least as new. */
    Mono<Optional<Path>> fetch(TenantId tenant, LoadRequest request, URI from, OnDisk own) {
        DataSources.Own ours = new DataSources.Own(own.hasData(), own.epoch());
        Mono<Optional<Path>> whole =
                Mono.defer(() -> sources.fetch(tenant, request.epoch(), from, ours, tar -> unpacked(tar, false)));
        return "http".equals(from.getScheme())
                ? staging.of(tenant)
                        .map(staged -> rest(request.epoch(), from, ours, staged)
                                .switchIfEmpty(whole)
                                .doFinally(end -> blocking.schedule(() -> staging.drop(tenant))))
                        .orElse(whole)
                : whole;
    }

    /** What is not staged; empty where the pod has no such call. */
    private Mono<Optional<Path>> rest(long epoch, URI from, DataSources.Own own, Staging.Staged staged) {
        List<Map<String, Object>> have = staged.facts().values().stream()
                .map(fact -> Map.<String, Object>of("name", fact.name(), "size", fact.size(), "sha256", fact.sha256()))
                .toList();
        return sources.asking(epoch)
                .headers(headers -> headers.set("Content-Type", "application/json"))
                .post()
                .uri(from)
                .send(ByteBufMono.fromString(Mono.just(JsonMapper.shared().writeValueAsString(Map.of("have", have)))))
                .response((response, content) -> isNoCall(response.status().code())
                        ? Flux.<Optional<Path>>empty()
                        : DataSources.taken(response, content, from, own, tar -> completed(tar, staged)))
                .next();
    }

    private static boolean isNoCall(int status) {
        return status == NOT_FOUND || status == NOT_ALLOWED || status == NOT_IMPLEMENTED;
    }

    private Mono<Path> completed(Flux<byte[]> rest, Staging.Staged staged) {
        return unpacked(rest, false).publishOn(blocking).map(folder -> {
            Staging.complete(folder, staged);
            return folder;
        });
    }

    /** Fetches what will not change from a pod that serves the tenant on. */
    Mono<Staging.Staged> stage(TenantId tenant, long epoch, URI from) {
        return sources.asking(epoch)
                .get()
                .uri(URI.create(from + "?part=immutable"))
                .response((response, content) -> response.status().code() == OK
                        ? unpacked(content.asByteArray(), true).flux()
                        : Flux.error(new DataException("expected 200 from " + from + ", got "
                                + response.status().code())))
                .next()
                .publishOn(blocking)
                .map(folder -> staging.keep(tenant, folder));
    }

    Mono<Path> unpacked(Flux<byte[]> tar) {
        return unpacked(tar, false);
    }

    private Mono<Path> unpacked(Flux<byte[]> tar, boolean mayBeEmpty) {
        return Mono.using(
                directory::scratch,
                spool -> Spool.write(tar, spool, bytesMax, blocking)
                        .then(Mono.fromCallable(() -> {
                                    Path folder = directory.scratch();
                                    try {
                                        DataTar.unpack(spool, folder, bytesMax, mayBeEmpty);
                                        return folder;
                                    } catch (DataException broken) {
                                        directory.discard(folder);
                                        throw broken;
                                    }
                                })
                                .subscribeOn(blocking)),
                directory::discard);
    }
}
