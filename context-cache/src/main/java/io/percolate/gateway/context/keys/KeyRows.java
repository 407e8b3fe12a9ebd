package io.percolate.gateway.context.keys;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * The table {@code tenant_keys}. Calls carry their own deadlines and error with what the database says, except that
 * {@link #insert} errors with {@code FailureException} of kind {@code TENANT_UNKNOWN} where there is no such tenant.
 */
public interface KeyRows {
    /** The row of a version, retired or not. */
    Mono<Optional<KeyRow>> ofVersion(TenantId tenant, int version);

    /** Every row of the tenant, oldest first. */
    Mono<List<KeyRow>> all(TenantId tenant);

    /** Inserts the row, unless its version is taken; says whether it did. */
    Mono<Boolean> insert(TenantId tenant, KeyRow row);

    /** Replaces the wrapping of the row, unless another wraps it by now; says whether it did. */
    Mono<Boolean> rewrap(TenantId tenant, KeyRow rewrapped, String wrappedBefore);

    /** Notes the epoch under which a context was written, unless a newer one is noted; no error for an unknown tenant. */
    Mono<Void> contextWritten(TenantId tenant, long epoch);

    /**
     * Tenants, in the order of their ids after {@code after}, that have a key which another than this key-encryption key
     * wraps.
     */
    Mono<List<TenantId>> wrappedByOthers(String keyEncryptionKey, Optional<TenantId> after, int limit);
}
