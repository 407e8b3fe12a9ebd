package io.percolate.gateway.proxy.pod.data;

import io.netty.channel.ChannelOption;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * Where a tenant's data may be restored from: a snapshot in the vault, or another pod's export. A source is read only where
 * its data are newer than those that the pod has.
 */
public final class DataSources {
    private static final int CONNECT_MILLIS_MAX = 2_000;
    private static final int OK = 200;

    private final Optional<TenantVault> vault;
    private final HttpClient http;

    /**
     * What a pod has of a tenant itself.
     *
     * @param epoch that the data are of
     */
    public record Own(boolean whole, long epoch) {
        boolean isAsNewAs(long other) {
            return whole && epoch >= other;
        }
    }

    /** @param silenceMax between two reads: a silent peer ends a load, a slow one does not */
    public DataSources(Optional<TenantVault> vault, LoopResources loops, Duration silenceMax) {
        this.vault = vault;
        this.http = HttpClient.create(ConnectionProvider.newConnection())
                .runOn(loops)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
                .responseTimeout(silenceMax);
    }

    /**
     * Empty where the pod's own data are as new.
     *
     * @param epoch that the load comes under
     * @param taking makes of the content what the pod keeps of it
     */
    public <T> Mono<Optional<T>> fetch(
            TenantId tenant, long epoch, URI from, Own own, Function<Flux<byte[]>, Mono<T>> taking) {
        return switch (String.valueOf(from.getScheme())) {
            case "s3" -> fromVault(tenant, from, own, taking);
            case "http" ->
                asking(epoch)
                        .get()
                        .uri(from)
                        .response((response, content) -> taken(response, content, from, own, taking))
                        .next();
            default -> Mono.error(new DataException("restore_from: expected an s3:// or http:// URL, got " + from));
        };
    }

    private <T> Mono<Optional<T>> fromVault(
            TenantId tenant, URI from, Own own, Function<Flux<byte[]>, Mono<T>> taking) {
        if (vault.isEmpty()) {
            return Mono.error(new DataException("restore_from " + from + ": this pod was given no S3"));
        }
        return Mono.defer(() -> own.isAsNewAs(vault.get().epochOf(from))
                ? Mono.just(Optional.empty())
                : taking.apply(vault.get().snapshot(tenant, from).map(DataSources::bytes))
                        .map(Optional::of));
    }

    /** A client of another pod, under this epoch; each request has a connection of its own. */
    public HttpClient asking(long epoch) {
        return http.headers(headers -> headers.set("X-Placement-Epoch", epoch));
    }

    /** What comes of another pod's answer. Errors where it is none. */
    public static <T> Publisher<Optional<T>> taken(
            HttpClientResponse response,
            ByteBufFlux content,
            URI from,
            Own own,
            Function<Flux<byte[]>, Mono<T>> taking) {
        int status = response.status().code();
        if (status != OK) {
            return Mono.error(new DataException("expected 200 from " + from + ", got " + status));
        }
        // Completing without reading on closes the connection: it is not reused.
        return own.isAsNewAs(epochOf(response, from))
                ? Mono.just(Optional.empty())
                : taking.apply(content.asByteArray()).map(Optional::of);
    }

    private static long epochOf(HttpClientResponse response, URI from) {
        String epoch = response.responseHeaders().get("X-Placement-Epoch", "");
        try {
            return Long.parseLong(epoch);
        } catch (NumberFormatException e) {
            throw new DataException("expected an X-Placement-Epoch from " + from + ", got '" + epoch + "'", e);
        }
    }

    private static byte[] bytes(ByteBuffer part) {
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        return bytes;
    }
}
