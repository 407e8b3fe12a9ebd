package io.percolate.gateway.context.keys;

import java.nio.ByteBuffer;

/**
 * One row of {@code tenant_keys}.
 *
 * @param version at least 1
 * @param keyEncryptionKey name of the key that wraps the keyset
 * @param wrappedKeyset read-only
 * @param retired seals no more, but still opens
 * @param contextEpoch the newest epoch under which a context of the tenant was written, from {@code tenant_contexts}; 0
 *     where none is known
 */
public record KeyRow(
        int version, String keyEncryptionKey, ByteBuffer wrappedKeyset, boolean retired, long contextEpoch) {
    public KeyRow {
        wrappedKeyset = wrappedKeyset.asReadOnlyBuffer();
    }

    /** A row of a tenant without a known context. */
    public KeyRow(int version, String keyEncryptionKey, ByteBuffer wrappedKeyset, boolean retired) {
        this(version, keyEncryptionKey, wrappedKeyset, retired, 0);
    }

    byte[] wrappedBytes() {
        byte[] bytes = new byte[wrappedKeyset.remaining()];
        wrappedKeyset.get(wrappedKeyset.position(), bytes);
        return bytes;
    }
}
