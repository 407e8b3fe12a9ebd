package io.percolate.gateway.context.vault;

import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps tenants' contexts and snapshots, sealed with the tenant's key.
 *
 * <p>Each write is bound to an epoch and never overwrites what a newer one wrote. Every call has a deadline, and errors
 * where it could not do what it says.
 */
public interface TenantVault {
    /** Stores what the tenant is answered from while it is cold; yields the entity tag of what is stored now. */
    Mono<String> storeContext(TenantId tenant, long epoch, String contentType, byte[] content);

    /** Stores the whole of the tenant's data, a file; yields where. */
    Mono<URI> storeSnapshot(TenantId tenant, long epoch, Path content);

    /** A snapshot's content; errors at its end at the latest where it is not what was stored for this tenant. */
    Flux<ByteBuffer> snapshot(TenantId tenant, URI location);

    /** The epoch under which the snapshot at this location was stored. */
    long epochOf(URI location);
}
