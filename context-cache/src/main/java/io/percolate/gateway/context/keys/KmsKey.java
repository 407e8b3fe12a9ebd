package io.percolate.gateway.context.keys;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkProtoKeysetFormat;
import io.percolate.gateway.context.aws.AwsEnvironment;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;

/**
 * A key that never leaves AWS KMS: tenants' keys are sent there to be wrapped and unwrapped, each bound to its tenant and
 * version by the encryption context. The client is built by the first call.
 */
final class KmsKey implements KeyEncryptionKey {
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final Duration FOR_EVER = Duration.ofMillis(Long.MAX_VALUE);
    private static final int CONNECTIONS_MAX = 32;
    private static final int WAITING_MAX = 1_000;

    private final String keyId;
    private final Mono<KmsAsyncClient> client;
    private @Nullable KmsAsyncClient built;
    private boolean closed;

    /** @param keyId an id, an ARN, or an alias with {@code alias/} before it */
    KmsKey(String keyId, KmsConfig config) {
        this.keyId = keyId;
        this.client = Mono.fromCallable(() -> build(config))
                .subscribeOn(Schedulers.boundedElastic())
                .cache(ready -> FOR_EVER, failed -> Duration.ZERO, () -> Duration.ZERO);
    }

    @Override
    public Mono<ByteBuffer> wrap(KeysetHandle keyset, KeyOf of) {
        return Mono.fromCallable(() -> TinkProtoKeysetFormat.serializeKeyset(
                        keyset, InsecureSecretKeyAccess.get(), RegistryConfiguration.get()))
                .flatMap(clear -> call(kms -> kms.encrypt(request -> request.keyId(keyId)
                        .plaintext(SdkBytes.fromByteArrayUnsafe(clear))
                        .encryptionContext(of.encryptionContext()))))
                .map(answer -> answer.ciphertextBlob().asByteBuffer());
    }

    @Override
    public Mono<KeysetHandle> unwrap(byte[] wrapped, KeyOf of) {
        return call(kms -> kms.decrypt(request -> request.keyId(keyId)
                        .ciphertextBlob(SdkBytes.fromByteArrayUnsafe(wrapped))
                        .encryptionContext(of.encryptionContext())))
                .flatMap(answer -> Mono.fromCallable(() -> TinkProtoKeysetFormat.parseKeyset(
                        answer.plaintext().asByteArrayUnsafe(),
                        InsecureSecretKeyAccess.get(),
                        RegistryConfiguration.get())));
    }

    private <T> Mono<T> call(Function<KmsAsyncClient, CompletableFuture<T>> request) {
        return client.flatMap(kms -> Mono.fromFuture(() -> request.apply(kms))).onErrorMap(this::meaning);
    }

    private Throwable meaning(Throwable thrown) {
        Throwable error =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        return switch (error) {
            case FailureException known -> known;
            case InvalidCiphertextException refused -> new GeneralSecurityException(refused.getMessage(), refused);
            case IncorrectKeyException refused -> new GeneralSecurityException(refused.getMessage(), refused);
            default ->
                Failure.of(
                                FailureKind.CONTEXT_STORE_UNAVAILABLE,
                                "the keys of the tenants' contexts cannot be used now")
                        .withRetryAfter(RETRY_AFTER)
                        .withOperatorDetail("AWS KMS key " + keyId + ": " + error)
                        .toException(error);
        };
    }

    private synchronized KmsAsyncClient build(KmsConfig config) {
        if (closed) {
            throw new IllegalStateException("the key is closed");
        }
        var builder = KmsAsyncClient.builder()
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .maxConcurrency(CONNECTIONS_MAX)
                        .maxPendingConnectionAcquires(WAITING_MAX)
                        .connectionTimeout(ATTEMPT_TIMEOUT)
                        .connectionAcquisitionTimeout(CALL_TIMEOUT))
                .credentialsProvider(AwsEnvironment.credentials(config.accessKey(), config.secretKey()))
                .region(AwsEnvironment.region(config.region()))
                .overrideConfiguration(overrides ->
                        overrides.apiCallAttemptTimeout(ATTEMPT_TIMEOUT).apiCallTimeout(CALL_TIMEOUT));
        config.endpoint().ifPresent(builder::endpointOverride);
        KmsAsyncClient ready = builder.build();
        built = ready;
        return ready;
    }

    @Override
    public synchronized void close() {
        closed = true;
        @Nullable KmsAsyncClient ready = built;
        if (ready != null) {
            built = null;
            ready.close();
        }
    }

    @Override
    public String toString() {
        return "KmsKey[" + keyId + "]";
    }
}
