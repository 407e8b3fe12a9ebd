package io.percolate.gateway.context.store;

import io.percolate.gateway.context.blob.ChunkedBytes;
import io.percolate.gateway.routing.tenant.SecurityMode;

/**
 * A tenant's context as it can be given out.
 *
 * @param contentType authenticated for {@code node_based}, as stored for {@code mobile_only}
 * @param content opened for {@code node_based}, ciphertext for {@code mobile_only}
 */
public record OpenedContext(StoredObject stored, SecurityMode mode, String contentType, ChunkedBytes content) {}
