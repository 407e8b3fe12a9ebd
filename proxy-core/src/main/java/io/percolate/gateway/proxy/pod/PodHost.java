package io.percolate.gateway.proxy.pod;

import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Whoever hosts a pod's tenants.
 *
 * <p>The epoch is the fence: what comes under an older one than was seen changes nothing. Loads and evictions are safe to
 * repeat, and go on when who asked for them goes away.
 */
public interface PodHost {
    /** @param restoreFrom where the tenant's data are, a snapshot or another pod's export; null for those here */
    Mono<LoadOutcome> load(TenantId tenant, long epoch, @Nullable URI restoreFrom);

    /**
     * Errors where it failed and was undone.
     *
     * @param writesContext false where another pod takes the tenant over at once
     */
    Mono<EvictOutcome> evict(TenantId tenant, long epoch, Keep keep, boolean writesContext);

    /** Stores a snapshot of the tenant's data, which stay. */
    Mono<SnapshotOutcome> snapshot(TenantId tenant, long epoch);

    /** The tenant's data as a stream, with the epoch they are of. */
    Mono<ExportOutcome> export(TenantId tenant, long epoch);

    /**
     * Replaces what is here of the tenant; false where it is in memory, or was seen under a newer epoch. Errors with a
     * {@code DataException} where the content is not sound.
     */
    Mono<Boolean> receive(TenantId tenant, long epoch, Flux<byte[]> content);

    Mono<TenantView> view(TenantId tenant);

    /** Completes once the tenant is not being loaded; at once where it is not. */
    Mono<Void> loadEnded(TenantId tenant);

    /** Every tenant that is here, in memory or at rest. */
    Mono<List<TenantView>> all();

    /** Places that are taken by hot tenants and those being loaded. */
    int hotCount();

    /** Hot tenants at most. */
    int capacity();

    /** Whether no further tenant is loaded. */
    boolean isDraining();
}
