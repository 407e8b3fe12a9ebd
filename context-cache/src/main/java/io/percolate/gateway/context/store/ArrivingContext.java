package io.percolate.gateway.context.store;

import io.percolate.gateway.context.blob.ArrivingBytes;
import io.percolate.gateway.routing.tenant.SecurityMode;

/**
 * A tenant's context that can be given out while the rest of it is still coming. What it takes of the memory in flight
 * is given back when {@link ArrivingBytes#whole} has ended and all who were told of it by then have returned.
 *
 * @param contentType authenticated for {@code node_based}, as stored for {@code mobile_only}
 * @param content opened for {@code node_based}, ciphertext for {@code mobile_only}
 */
public record ArrivingContext(StoredObject stored, SecurityMode mode, String contentType, ArrivingBytes content) {}
