package io.percolate.gateway.bench.pod;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A vault in memory that can be told to fail. */
public final class MemoryVault implements TenantVault {
    final Map<String, byte[]> objects = new ConcurrentHashMap<>();
    volatile @Nullable RuntimeException failure;

    @Override
    public Mono<String> storeContext(TenantId tenant, long epoch, String contentType, byte[] content) {
        return Mono.fromCallable(() -> {
            failIfTold();
            objects.put(tenant + "/context", content);
            return "\"" + epoch + "\"";
        });
    }

    @Override
    public Mono<URI> storeSnapshot(TenantId tenant, long epoch, Path content) {
        return Mono.fromCallable(() -> {
            failIfTold();
            URI location = URI.create("s3://memory/" + tenant + "/" + epoch);
            objects.put(location.toString(), Files.readAllBytes(content));
            return location;
        });
    }

    @Override
    public Flux<ByteBuffer> snapshot(TenantId tenant, URI location) {
        byte[] content = objects.get(location.toString());
        return content == null
                ? Flux.error(new UncheckedIOException(new IOException("no snapshot at " + location)))
                : Flux.just(ByteBuffer.wrap(content));
    }

    @Override
    public long epochOf(URI location) {
        String path = location.getPath();
        return Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
    }

    String context(TenantId tenant) {
        return new String(objects.getOrDefault(tenant + "/context", new byte[0]), StandardCharsets.UTF_8);
    }

    private void failIfTold() {
        RuntimeException told = failure;
        if (told != null) {
            throw told;
        }
    }
}
