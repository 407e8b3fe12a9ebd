package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.pod.data.DataSources;
import io.percolate.gateway.proxy.pod.data.Spool;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.proxy.sidecar.data.Placement;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.resources.LoopResources;

/** Tenants' data from elsewhere, as files of the workspace. */
final class Sources {
    /** The other sidecar makes a copy of all the data before its answer begins. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

    private final DataSources sources;
    private final Workspace workspace;
    private final long bytesMax;
    private final Scheduler blocking;

    Sources(Optional<TenantVault> vault, Workspace workspace, long bytesMax, LoopResources loops, Scheduler blocking) {
        this.sources = new DataSources(vault, loops, SILENCE_MAX);
        this.workspace = workspace;
        this.bytesMax = bytesMax;
        this.blocking = blocking;
    }

    /** The data as one file, the caller's to discard; empty where those here are at least as new. */
    Mono<Optional<Path>> fetch(TenantId tenant, LoadRequest request, URI from, Placement own) {
        return sources.fetch(
                tenant, request.epoch(), from, new DataSources.Own(own.isWhole(), own.dataEpoch()), this::spooled);
    }

    /** A stream as a file, the caller's to discard. */
    Mono<Path> spooled(Flux<byte[]> content) {
        return Mono.defer(() -> {
            Path file = workspace.scratch();
            AtomicBoolean handedOver = new AtomicBoolean();
            return Spool.write(content, file, bytesMax, blocking)
                    .thenReturn(file)
                    .doOnNext(whole -> handedOver.set(true))
                    .doFinally(signal -> {
                        // Who takes the first value only cancels once it has it.
                        if (!handedOver.get()) {
                            blocking.schedule(() -> workspace.discard(file));
                        }
                    });
        });
    }
}
