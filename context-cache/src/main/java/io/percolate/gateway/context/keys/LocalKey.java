package io.percolate.gateway.context.keys;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkProtoKeysetFormat;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.subtle.AesGcmJce;
import com.google.crypto.tink.util.SecretBytes;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import reactor.core.publisher.Mono;

/** An AES-256-GCM key in this process's memory. */
final class LocalKey implements KeyEncryptionKey {
    static final int BYTES = 32;
    private static final int IV_BYTES = 12;
    private static final int TAG_BYTES = 16;

    private final Aead aead;

    @AccessesPartialKey
    LocalKey(byte[] key) {
        try {
            AesGcmParameters parameters = AesGcmParameters.builder()
                    .setKeySizeBytes(BYTES)
                    .setIvSizeBytes(IV_BYTES)
                    .setTagSizeBytes(TAG_BYTES)
                    .setVariant(AesGcmParameters.Variant.NO_PREFIX)
                    .build();
            aead = AesGcmJce.create(AesGcmKey.builder()
                    .setParameters(parameters)
                    .setKeyBytes(SecretBytes.copyFrom(key, InsecureSecretKeyAccess.get()))
                    .build());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has AES-256-GCM", impossible);
        }
    }

    @Override
    public Mono<ByteBuffer> wrap(KeysetHandle keyset, KeyOf of) {
        return Mono.fromCallable(() -> ByteBuffer.wrap(TinkProtoKeysetFormat.serializeEncryptedKeyset(
                keyset, aead, of.associatedData(), RegistryConfiguration.get())));
    }

    @Override
    public Mono<KeysetHandle> unwrap(byte[] wrapped, KeyOf of) {
        return Mono.fromCallable(() -> TinkProtoKeysetFormat.parseEncryptedKeyset(
                wrapped, aead, of.associatedData(), RegistryConfiguration.get()));
    }
}
