package io.percolate.gateway.context.keys;

import com.google.crypto.tink.StreamingAead;

/** One version of a tenant's key, ready for use; safe for use by any number of threads. */
public record TenantKey(int version, StreamingAead aead) {
    @Override
    public String toString() {
        return "TenantKey[version=" + version + "]";
    }
}
