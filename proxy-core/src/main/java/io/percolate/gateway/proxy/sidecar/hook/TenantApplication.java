package io.percolate.gateway.proxy.sidecar.hook;

import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.file.Path;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * What a sidecar has the application do for one tenant; every call is safe to repeat and has a deadline.
 *
 * <p>Errors are a {@link HookException}, or a {@code DataException} where nothing was changed.
 */
public interface TenantApplication {
    /** Makes the tenant ready to be served from the data that are here; from none where there are none. */
    Mono<Void> load(TenantId tenant, long epoch);

    /** Has the tenant's data written and forgotten in memory. Errors with {@link HookException.Busy} where it is in use. */
    Mono<Void> evict(TenantId tenant, long epoch);

    /** Writes the tenant's data to a file that is made. */
    Mono<Void> export(TenantId tenant, long epoch, Path tar);

    /** Replaces the tenant's data, which are not in memory. */
    Mono<Void> replace(TenantId tenant, long epoch, Path tar);

    /** Deletes the tenant's data, which are not in memory. */
    Mono<Void> delete(TenantId tenant, long epoch);

    /** What the tenant is answered from while it is cold; empty where the application has no such thing. */
    Mono<Optional<Context>> context(TenantId tenant, long epoch);

    /** Whether an export is of one moment although requests go on. */
    boolean exportsWhileHot();

    /** Whether the application has tenants only from loads; else it finds them by itself when requests come. */
    boolean isToldOfLoads();

    /** Size of the data; 0 where nobody can tell. Blocks. */
    long sizeBytes(TenantId tenant);

    /** A context as the application tells it. */
    @SuppressWarnings("ArrayRecordComponent") // neither compared nor shared
    record Context(String contentType, byte[] content) {}
}
