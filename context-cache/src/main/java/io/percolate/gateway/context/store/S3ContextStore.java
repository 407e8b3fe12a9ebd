package io.percolate.gateway.context.store;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.blob.ChunkedBytes;
import io.percolate.gateway.context.store.StoredObject.Notes;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * The bucket: objects as bytes, opened by nobody here.
 *
 * <p>Every call is bounded in time, attempts and number, see {@link S3Config}; reads are not tried for a while once S3
 * has failed several in a row, see {@link StoreCircuit}. Errors are {@code FailureException}s of
 * kind {@code CONTEXT_ABSENT} or {@code CONTEXT_STORE_UNAVAILABLE}, with where and why for the operator. Completes on
 * the threads of S3's event loops: do not block there. The client is built by the first call, off the caller's thread.
 */
public final class S3ContextStore implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(S3ContextStore.class);

    private static final Duration FOR_EVER = Duration.ofMillis(Long.MAX_VALUE);

    private final S3Config config;
    private final Mono<S3Client> client;
    private final StoreCircuit circuit;
    private final StoreMeters meters;
    private volatile @Nullable S3Client built;
    private boolean closed;

    /** What a read came to. */
    public sealed interface Answer {
        /** It is still the one of the entity tag that was sent. */
        record Unchanged() implements Answer {}

        /**
         * It is another one, or the first.
         *
         * @param bytes to be subscribed once, within the idle timeout; cancelling ends the transfer
         */
        record Content(StoredObject object, Flux<ByteBuffer> bytes) implements Answer {}
    }

    /** When a write may happen. */
    public sealed interface Condition {
        record Always() implements Condition {}

        record Absent() implements Condition {}

        /** @param etag as S3 writes it, with its quotes */
        record Unchanged(String etag) implements Condition {}
    }

    /**
     * What was written.
     *
     * @param etag as S3 writes it, with its quotes
     */
    public record Written(String etag, long length) {}

    /** Of a process that shows no metrics. */
    public S3ContextStore(S3Config config) {
        this(config, new SimpleMeterRegistry());
    }

    public S3ContextStore(S3Config config, MeterRegistry registry) {
        this(config, registry, new StoreCircuit());
    }

    S3ContextStore(S3Config config, MeterRegistry registry, StoreCircuit circuit) {
        this.config = config;
        this.circuit = circuit;
        this.meters = new StoreMeters(registry, circuit);
        this.client = Mono.fromCallable(this::build)
                .subscribeOn(Schedulers.boundedElastic())
                .cache(ready -> FOR_EVER, failed -> Duration.ZERO, () -> Duration.ZERO);
    }

    /** Whether the bucket can be reached; builds the client, so that the first request need not. */
    public Mono<Void> check() {
        return client.flatMap(ready ->
                        Mono.fromFuture(() -> ready.sdk().headBucket(head -> head.bucket(config.bucket()))))
                .onErrorMap(error -> S3Failures.ofBucket(config, error))
                .then();
    }

    /** What is stored under the name. */
    public Mono<StoredObject> head(ObjectName name) {
        return call(
                        name,
                        sdk -> sdk.headObject(
                                head -> head.bucket(config.bucket()).key(name.key())))
                .map(answer -> new StoredObject(
                        answer.eTag(),
                        modified(answer.lastModified()),
                        answer.contentLength(),
                        contentType(answer.contentType()),
                        S3Notes.ofMetadata(answer.metadata())));
    }

    /** Reads an object. */
    public Mono<Answer.Content> get(ObjectName name) {
        return request(name, null);
    }

    /** Reads an object unless it is still the one of the entity tag. */
    public Mono<Answer> getUnless(String etag, ObjectName name) {
        return request(name, etag)
                .cast(Answer.class)
                .onErrorResume(S3Failures::isNotModified, same -> Mono.just(new Answer.Unchanged()));
    }

    /** Writes an object in one piece; empty where the condition did not hold. */
    public Mono<Optional<Written>> put(
            ObjectName name, ChunkedBytes bytes, String contentType, Notes notes, Condition condition) {
        PutObjectRequest.Builder put = PutObjectRequest.builder()
                .bucket(config.bucket())
                .key(name.key())
                .contentType(contentType)
                .metadata(S3Notes.toMetadata(notes))
                .overrideConfiguration(overrides -> overrides.apiCallAttemptTimeout(writeTimeout(bytes.length())));
        switch (condition) {
            case Condition.Always() -> {}
            case Condition.Absent() -> put.ifNoneMatch("*");
            case Condition.Unchanged(String etag) -> put.ifMatch(etag);
        }
        return raw(sdk -> sdk.putObject(put.build(), new ChunkedBody(bytes)))
                .map(answer -> Optional.of(new Written(answer.eTag(), bytes.length())))
                .onErrorResume(S3Failures::isConditionBroken, broken -> Mono.just(Optional.empty()))
                .onErrorMap(error -> S3Failures.of(config, name, error));
    }

    /** Writes an object of any length, in parts where it is long; nothing remains of one that fails or is cancelled. */
    public Mono<Written> upload(ObjectName name, Publisher<ByteBuffer> bytes, String contentType, Notes notes) {
        return new S3Upload(this, config.bucket(), name, contentType, notes).of(Flux.from(bytes));
    }

    /** Deletes an object; no error where there is none. */
    public Mono<Void> delete(ObjectName name) {
        return call(
                        name,
                        sdk -> sdk.deleteObject(
                                delete -> delete.bucket(config.bucket()).key(name.key())))
                .then();
    }

    /** Where an object lies, as {@code s3://bucket/key}. */
    public URI location(ObjectName name) {
        return URI.create("s3://" + config.bucket() + "/" + name.key());
    }

    private Mono<Answer.Content> request(ObjectName name, @Nullable String unlessEtag) {
        GetObjectRequest get = GetObjectRequest.builder()
                .bucket(config.bucket())
                .key(name.key())
                .ifNoneMatch(unlessEtag)
                .build();
        Mono<Answer.Content> content = spared(name, raw(sdk -> sdk.getObject(get, new StreamedAnswer())))
                .map(begun -> new Answer.Content(
                        new StoredObject(
                                begun.response().eTag(),
                                modified(begun.response().lastModified()),
                                begun.response().contentLength(),
                                contentType(begun.response().contentType()),
                                S3Notes.ofMetadata(begun.response().metadata())),
                        begun.bytes().onErrorMap(error -> S3Failures.of(config, name, error))));
        return content.onErrorMap(
                error -> !S3Failures.isNotModified(error), error -> S3Failures.of(config, name, error));
    }

    /** Tries a read only while S3 is not known to be away, and learns from it. */
    private <T> Mono<T> spared(ObjectName name, Mono<T> read) {
        return Mono.defer(() -> {
            Optional<Duration> refusal = circuit.refusal();
            if (refusal.isPresent()) {
                meters.refused();
                return Mono.error(S3Failures.spared(config, name, refusal.get()));
            }
            return read.doOnNext(answer -> circuit.answered())
                    .doOnError(this::learn)
                    .doOnCancel(circuit::undecided);
        });
    }

    private void learn(Throwable error) {
        Optional<StoreFault> fault = S3Failures.fault(error);
        fault.ifPresentOrElse(
                known -> {
                    if (known.isOutage()) {
                        circuit.outage();
                    } else {
                        circuit.undecided();
                    }
                },
                circuit::answered);
    }

    <T> Mono<T> call(ObjectName name, Function<S3AsyncClient, CompletableFuture<T>> request) {
        return raw(request).onErrorMap(error -> S3Failures.of(config, name, error));
    }

    Duration writeTimeout(long bytes) {
        return config.answerTimeout().multipliedBy(1 + bytes / S3Config.WRITE_BYTES_PER_ANSWER_TIMEOUT);
    }

    private <T> Mono<T> raw(Function<S3AsyncClient, CompletableFuture<T>> request) {
        return client.flatMap(ready -> Mono.fromFuture(() -> request.apply(ready.sdk())))
                .doOnError(error -> S3Failures.fault(error).ifPresent(meters::failed));
    }

    private synchronized S3Client build() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
        S3Client ready = S3Client.build(config);
        built = ready;
        log.info(
                "contexts are in bucket {}{}",
                config.bucket(),
                config.endpoint().map(at -> " at " + at).orElse(""));
        return ready;
    }

    private static Instant modified(@Nullable Instant instant) {
        return instant == null ? Instant.EPOCH : instant;
    }

    private static String contentType(@Nullable String type) {
        return type == null || type.isBlank() ? "application/octet-stream" : type;
    }

    /** Ends the client, if there is one; calls under way fail. Blocks. */
    @Override
    public synchronized void close() {
        closed = true;
        @Nullable S3Client client = built;
        if (client != null) {
            built = null;
            client.close();
        }
    }
}
