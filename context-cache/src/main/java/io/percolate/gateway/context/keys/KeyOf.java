package io.percolate.gateway.context.keys;

import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.ByteBuffer;
import java.util.Map;

/** Which key is wrapped: what the wrapping is bound to. */
record KeyOf(TenantId tenant, int version) {
    byte[] associatedData() {
        return ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES)
                .putLong(tenant.value().getMostSignificantBits())
                .putLong(tenant.value().getLeastSignificantBits())
                .putInt(version)
                .array();
    }

    /** The same as text, as AWS KMS takes it and writes it into its audit trail. */
    Map<String, String> encryptionContext() {
        return Map.of("percolate:tenant", tenant.toString(), "percolate:key-version", Integer.toString(version));
    }
}
