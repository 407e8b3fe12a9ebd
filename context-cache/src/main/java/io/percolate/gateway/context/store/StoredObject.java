package io.percolate.gateway.context.store;

import io.percolate.gateway.routing.tenant.SecurityMode;
import java.time.Instant;
import java.util.Optional;

/**
 * What the store says of an object. None of it is authenticated: what must be true stands in the blob's header too.
 *
 * @param etag as S3 writes it, with its quotes
 * @param length in bytes, as stored
 * @param notes what its writer noted beside it
 */
public record StoredObject(String etag, Instant lastModified, long length, String contentType, Notes notes) {
    /**
     * User metadata of an object; what was not noted, or makes no sense, is empty.
     *
     * @param epoch the epoch under which it was written
     * @param securityMode who can open it
     * @param contentLength bytes of the content before sealing
     */
    public record Notes(Optional<Long> epoch, Optional<SecurityMode> securityMode, Optional<Long> contentLength) {
        public static final Notes NONE = new Notes(Optional.empty(), Optional.empty(), Optional.empty());
    }
}
