package io.percolate.gateway.context.keys;

import com.google.crypto.tink.StreamingAead;

/**
 * One version of a tenant's key, ready for use; safe for use by any number of threads.
 *
 * @param contextEpoch the newest epoch under which a context of the tenant was written, as of when the key was read
 */
public record TenantKey(int version, StreamingAead aead, long contextEpoch) {
    @Override
    public String toString() {
        return "TenantKey[version=" + version + "]";
    }
}
