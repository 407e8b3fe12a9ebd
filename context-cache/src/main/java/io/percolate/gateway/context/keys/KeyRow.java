package io.percolate.gateway.context.keys;

import java.nio.ByteBuffer;

/**
 * One row of {@code tenant_keys}.
 *
 * @param version at least 1
 * @param keyEncryptionKey name of the key that wraps the keyset
 * @param wrappedKeyset read-only
 * @param retired seals no more, but still opens
 */
public record KeyRow(int version, String keyEncryptionKey, ByteBuffer wrappedKeyset, boolean retired) {
    public KeyRow {
        wrappedKeyset = wrappedKeyset.asReadOnlyBuffer();
    }

    byte[] wrappedBytes() {
        byte[] bytes = new byte[wrappedKeyset.remaining()];
        wrappedKeyset.get(wrappedKeyset.position(), bytes);
        return bytes;
    }
}
