package io.percolate.gateway.proxy.sidecar.host;

import io.netty.channel.ChannelOption;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.sidecar.data.DataException;
import io.percolate.gateway.proxy.sidecar.data.Placement;
import io.percolate.gateway.proxy.sidecar.data.Spool;
import io.percolate.gateway.proxy.sidecar.data.Workspace;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** Where a tenant's data may be restored from: a snapshot in the vault, or another pod's export. */
final class Sources {
    private static final int CONNECT_MILLIS_MAX = 2_000;
    /** Between two reads: a silent peer ends the load, a slow one does not. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

    private static final int OK = 200;

    private final Optional<TenantVault> vault;
    private final Workspace workspace;
    private final long bytesMax;
    private final Scheduler blocking;
    private final HttpClient http;

    Sources(Optional<TenantVault> vault, Workspace workspace, long bytesMax, LoopResources loops, Scheduler blocking) {
        this.vault = vault;
        this.workspace = workspace;
        this.bytesMax = bytesMax;
        this.blocking = blocking;
        this.http = HttpClient.create(ConnectionProvider.newConnection())
                .runOn(loops)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
                .responseTimeout(SILENCE_MAX);
    }

    /** The data as one file, the caller's to discard; empty where those here are at least as new. */
    Mono<Optional<Path>> fetch(TenantId tenant, LoadRequest request, URI from, Placement own) {
        return switch (String.valueOf(from.getScheme())) {
            case "s3" -> fromVault(tenant, from, own);
            case "http" -> fromPod(request.epoch(), from, own);
            default -> Mono.error(new DataException("restore_from: expected an s3:// or http:// URL, got " + from));
        };
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

    private Mono<Optional<Path>> fromVault(TenantId tenant, URI from, Placement own) {
        if (vault.isEmpty()) {
            return Mono.error(new DataException("restore_from " + from + ": this pod was given no S3"));
        }
        return Mono.defer(() -> isAsNew(own, vault.get().epochOf(from))
                ? Mono.just(Optional.empty())
                : spooled(vault.get().snapshot(tenant, from).map(Sources::bytes))
                        .map(Optional::of));
    }

    private Mono<Optional<Path>> fromPod(long epoch, URI from, Placement own) {
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
                            : spooled(content.asByteArray()).map(Optional::of).flux();
                })
                .next();
    }

    private static long epochOf(HttpClientResponse response, URI from) {
        String epoch = response.responseHeaders().get("X-Placement-Epoch", "");
        try {
            return Long.parseLong(epoch);
        } catch (NumberFormatException e) {
            throw new DataException("expected an X-Placement-Epoch from " + from + ", got '" + epoch + "'", e);
        }
    }

    private static boolean isAsNew(Placement own, long epoch) {
        return own.isWhole() && own.dataEpoch() >= epoch;
    }

    private static byte[] bytes(ByteBuffer part) {
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        return bytes;
    }
}
