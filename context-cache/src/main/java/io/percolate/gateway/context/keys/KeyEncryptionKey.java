package io.percolate.gateway.context.keys;

import com.google.crypto.tink.KeysetHandle;
import java.nio.ByteBuffer;
import reactor.core.publisher.Mono;

/**
 * A key that wraps tenants' keys, wherever it lies. What it wrapped for one tenant and version unwraps for no other.
 *
 * <p>Errors with {@code GeneralSecurityException} where what is to be unwrapped is not what this key wrapped, with {@code
 * FailureException} where the key cannot be used now.
 */
interface KeyEncryptionKey extends AutoCloseable {
    Mono<ByteBuffer> wrap(KeysetHandle keyset, KeyOf of);

    Mono<KeysetHandle> unwrap(byte[] wrapped, KeyOf of);

    /** Ends connections, if there are any. Blocks. */
    @Override
    default void close() {}
}
