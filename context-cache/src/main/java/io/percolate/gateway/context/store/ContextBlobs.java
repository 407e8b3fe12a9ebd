package io.percolate.gateway.context.store;

import io.percolate.gateway.context.blob.ArrivingBytes;
import io.percolate.gateway.context.blob.BlobFormat;
import io.percolate.gateway.context.blob.BlobHeader;
import io.percolate.gateway.context.blob.BlobPurpose;
import io.percolate.gateway.context.blob.ChunkedBytes;
import io.percolate.gateway.context.blob.Unreadable;
import io.percolate.gateway.context.blob.UnreadableBlobException;
import io.percolate.gateway.context.keys.TenantKey;
import io.percolate.gateway.context.keys.TenantKeys;
import io.percolate.gateway.context.store.ObjectName.ContextOf;
import io.percolate.gateway.context.store.S3ContextStore.Answer;
import io.percolate.gateway.context.store.S3ContextStore.Condition;
import io.percolate.gateway.context.store.S3ContextStore.Written;
import io.percolate.gateway.context.store.StoredObject.Notes;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Contexts as people, pods and the cache handle them: sealed on their way to the store, opened on their way back.
 *
 * <p>Errors are {@code FailureException}s: {@code CONTEXT_ABSENT}, {@code CONTEXT_UNREADABLE} (with an {@link
 * UnreadableBlobException} as its cause), {@code CONTEXT_TOO_LARGE}, {@code CONTEXT_STORE_UNAVAILABLE} and {@code
 * TENANT_UNKNOWN}; writing also errors with {@link SupersededException}.
 */
public final class ContextBlobs {
    /** What sealing adds at most to content that does not compress: header, segment tags, zstd frames. */
    private static final long SEALING_BYTES_MAX = 64 * 1024;
    /** Each further round means that another writer came in between. */
    private static final int WRITE_ROUNDS_MAX = 5;
    /** Memory outside the heap for what the decompressor may refer back to, at the level that blobs are written at. */
    private static final long WINDOW_BYTES = 2 << 20;

    private final S3ContextStore store;
    private final TenantKeys keys;
    private final BlobsConfig config;
    private final ByteBudget budget;
    private final Scheduler opening;

    /** What a conditional read came to. */
    public sealed interface Fetched {
        /** It is still the one of the entity tag that was sent. */
        record Unchanged() implements Fetched {}

        record Opened(ArrivingContext context) implements Fetched {}
    }

    /** Sees the object as it is stored go by, on a thread that may block; what it yields is read in the stream's place. */
    public interface Tap {
        InputStream on(StoredObject object, InputStream stored);
    }

    /** Lets it pass. */
    public static final Tap AS_IT_IS = (object, stored) -> stored;

    /** @param opening where contexts are sealed, and opened as they come: threads that may wait for S3 */
    public ContextBlobs(
            S3ContextStore store, TenantKeys keys, BlobsConfig config, ByteBudget budget, Scheduler opening) {
        this.store = store;
        this.keys = keys;
        this.config = config;
        this.budget = budget;
        this.opening = opening;
    }

    /**
     * Writes a tenant's context, unless one has been written under a newer epoch.
     *
     * @param content at most {@link BlobsConfig#contextBytesMax}; for {@code mobile_only} the ciphertext, stored as it is
     */
    public Mono<Written> put(
            TenantId tenant, SecurityMode mode, String contentType, Publisher<ByteBuffer> content, long epoch) {
        ContextOf name = new ContextOf(tenant);
        return collected(name, Flux.from(content), 0, config.contextBytesMax())
                .flatMap(bytes -> {
                    Notes notes = new Notes(Optional.of(epoch), Optional.of(mode), Optional.of(bytes.length()));
                    Mono<ChunkedBytes> stored = switch (mode) {
                        case NODE_BASED -> sealed(tenant, contentType, bytes, epoch);
                        case MOBILE_ONLY -> Mono.just(bytes);
                    };
                    return stored.flatMap(object -> written(name, object, contentType, notes, epoch, WRITE_ROUNDS_MAX))
                            // Afterwards, for what is there until then must open until then.
                            .flatMap(written ->
                                    keys.contextWritten(tenant, epoch).thenReturn(written));
                })
                .onErrorMap(error -> BlobFailures.of(name, error));
    }

    /** Writes a tenant's context from a file. */
    public Mono<Written> put(TenantId tenant, SecurityMode mode, String contentType, Path file, long epoch) {
        return put(tenant, mode, contentType, FileBytes.read(file), epoch);
    }

    /** A tenant's context, whole. Cancelling abandons the answer, not the transfer, which is bounded. */
    public Mono<OpenedContext> get(TenantId tenant, SecurityMode mode) {
        return begin(tenant, mode, AS_IT_IS).flatMap(ContextBlobs::whole);
    }

    /** A tenant's context, as soon as it can be given out. */
    public Mono<ArrivingContext> begin(TenantId tenant, SecurityMode mode, Tap tap) {
        ContextOf name = new ContextOf(tenant);
        return detached(store.get(name).flatMap(content -> opened(name, mode, content, tap)))
                .onErrorMap(error -> BlobFailures.of(name, error));
    }

    /** A tenant's context, unless it is still the one whose S3 entity tag is given. */
    public Mono<Fetched> beginUnless(String s3Etag, TenantId tenant, SecurityMode mode, Tap tap) {
        ContextOf name = new ContextOf(tenant);
        return detached(store.getUnless(s3Etag, name).flatMap(answer -> switch (answer) {
                    case Answer.Unchanged() -> Mono.<Fetched>just(new Fetched.Unchanged());
                    case Answer.Content content ->
                        opened(name, mode, content, tap).<Fetched>map(Fetched.Opened::new);
                }))
                .onErrorMap(error -> BlobFailures.of(name, error));
    }

    /** A tenant's context from a copy of its object that lies elsewhere, opened by {@code source} where it may block. */
    public Mono<ArrivingContext> beginCopy(
            TenantId tenant, SecurityMode mode, StoredObject object, Callable<InputStream> source) {
        ContextOf name = new ContextOf(tenant);
        Optional<Throwable> refusal = refusal(name, mode, object);
        return detached(
                        refusal.isPresent()
                                ? Mono.error(refusal.get())
                                : budget.reserve(memory(mode, object))
                                        .flatMap(reservation -> Mono.fromCallable(source)
                                                .subscribeOn(opening)
                                                .flatMap(in -> arriving(name, mode, object, in, reservation))
                                                .doOnError(error -> reservation.release())))
                .onErrorMap(error -> BlobFailures.of(name, error));
    }

    private static Mono<OpenedContext> whole(ArrivingContext context) {
        return context.content()
                .whole()
                .then(Mono.fromCallable(() -> new OpenedContext(
                        context.stored(),
                        context.mode(),
                        context.contentType(),
                        context.content().asWhole())));
    }

    /** What is stored as the tenant's context, unopened. */
    public Mono<StoredObject> head(TenantId tenant) {
        return store.head(new ContextOf(tenant));
    }

    /** Why a blob could not be opened, where that is what an error of these calls is about. */
    public static Optional<Unreadable> unreadable(Throwable error) {
        return BlobFailures.reason(error);
    }

    /**
     * A reservation must not be lost by a cancellation that meets its granting, so nothing below is ever cancelled:
     * every step has a deadline of its own.
     */
    private static <T> Mono<T> detached(Mono<T> work) {
        return Mono.defer(() -> Mono.fromFuture(work.toFuture(), true));
    }

    private Mono<ArrivingContext> opened(ContextOf name, SecurityMode mode, Answer.Content content, Tap tap) {
        StoredObject object = content.object();
        Optional<Throwable> refusal = refusal(name, mode, object);
        if (refusal.isPresent()) {
            return discarded(content, refusal.get());
        }
        return budget.reserve(memory(mode, object))
                .onErrorResume(full -> discarded(content, full))
                .flatMap(reservation -> Mono.fromCallable(() -> tap.on(
                                object,
                                new SubscribedStream(content.bytes()
                                        .takeUntilOther(Mono.delay(config.transferTimeout())
                                                .then(Mono.error(() -> BlobFailures.transferTimeout(
                                                        name, config.transferTimeout())))))))
                        .subscribeOn(opening)
                        .flatMap(in -> arriving(name, mode, object, in, reservation))
                        .doOnError(error -> reservation.release()));
    }

    /** What a context takes while it comes: itself, and the window of its decompressor. */
    private long memory(SecurityMode mode, StoredObject object) {
        return switch (mode) {
            case MOBILE_ONLY -> object.length();
            case NODE_BASED -> {
                long content = contentBytesMax(object);
                yield content + Math.min(content, WINDOW_BYTES);
            }
        };
    }

    private long contentBytesMax(StoredObject object) {
        return Math.min(config.contextBytesMax(), object.notes().contentLength().orElse(config.contextBytesMax()));
    }

    /** Takes the stream. The reservation goes with the context, unless this errors. */
    private Mono<ArrivingContext> arriving(
            ContextOf name,
            SecurityMode mode,
            StoredObject object,
            InputStream in,
            ByteBudget.Reservation reservation) {
        Mono<Arrival> ready = switch (mode) {
            case MOBILE_ONLY ->
                Mono.just(new Arrival(
                        name,
                        new ArrivingContext(object, mode, object.contentType(), new ArrivingBytes(object.length())),
                        in,
                        reservation));
            case NODE_BASED ->
                Mono.fromCallable(() -> header(in))
                        .flatMap(header -> keys.opening(name.tenant(), header.keyVersion())
                                .publishOn(opening)
                                .flatMap(key ->
                                        Mono.fromCallable(() -> opened(name, object, header, key, in, reservation))));
        };
        return ready.doOnError(refused -> close(in)).flatMap(arrival -> {
            Mono<ArrivingContext> begun = arrival.begun();
            opening.schedule(arrival);
            return begun;
        });
    }

    private static BlobHeader header(InputStream in) throws IOException {
        BlobHeader header = BlobHeader.read(in);
        if (header.purpose() != BlobPurpose.CONTEXT) {
            throw new UnreadableBlobException(
                    Unreadable.PURPOSE_MISMATCH, "expected a context, got a " + header.purpose());
        }
        return header;
    }

    private Arrival opened(
            ContextOf name,
            StoredObject object,
            BlobHeader header,
            TenantKey key,
            InputStream in,
            ByteBudget.Reservation reservation)
            throws IOException {
        if (header.epoch() < key.contextEpoch()) {
            throw new UnreadableBlobException(
                    Unreadable.DOWNGRADED,
                    "sealed under epoch " + header.epoch() + ", but one was written under " + key.contextEpoch());
        }
        long contentBytesMax = contentBytesMax(object);
        return new Arrival(
                name,
                new ArrivingContext(
                        object,
                        SecurityMode.NODE_BASED,
                        header.contentType(),
                        new ArrivingBytes(Math.min(header.contentLength(), contentBytesMax))),
                BlobFormat.open(header, name.tenant(), key.aead(), in, contentBytesMax),
                reservation);
    }

    private static void close(InputStream in) {
        try {
            in.close();
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot close what was refused", failed);
        }
    }

    private Optional<Throwable> refusal(ContextOf name, SecurityMode mode, StoredObject object) {
        Optional<SecurityMode> noted = object.notes().securityMode();
        if (noted.isPresent() && noted.get() != mode) {
            return Optional.of(new UnreadableBlobException(
                    Unreadable.MODE_MISMATCH, "the tenant is " + mode + ", the context was stored as " + noted.get()));
        }
        long sealingBytes = mode == SecurityMode.MOBILE_ONLY ? 0 : SEALING_BYTES_MAX;
        if (object.length() > config.contextBytesMax() + sealingBytes) {
            return Optional.of(BlobFailures.tooLarge(
                    name,
                    new IOException("expected at most " + config.contextBytesMax()
                            + " bytes (GATEWAY_CONTEXT_BLOB_BYTES_MAX), stored are " + object.length())));
        }
        return Optional.empty();
    }

    private Mono<ChunkedBytes> sealed(TenantId tenant, String contentType, ChunkedBytes content, long epoch) {
        return keys.sealing(tenant)
                .publishOn(opening)
                .flatMap(key -> Mono.fromCallable(() -> {
                    BlobHeader header =
                            new BlobHeader(BlobPurpose.CONTEXT, key.version(), epoch, content.length(), contentType);
                    try (InputStream blob = BlobFormat.seal(header, tenant, key.aead(), content.stream())) {
                        return ChunkedBytes.readAll(blob, content.length());
                    }
                }));
    }

    /** Writes over what is there only if that is not newer, and is still there. */
    private Mono<Written> written(
            ContextOf name, ChunkedBytes object, String contentType, Notes notes, long epoch, int rounds) {
        return store.head(name)
                .map(Optional::of)
                .onErrorResume(
                        error -> FailureException.failureOf(error).kind() == FailureKind.CONTEXT_ABSENT,
                        absent -> Mono.just(Optional.empty()))
                .flatMap(present -> {
                    long storedEpoch =
                            present.flatMap(stored -> stored.notes().epoch()).orElse(0L);
                    if (storedEpoch > epoch) {
                        return Mono.error(new SupersededException(name.tenant(), epoch, storedEpoch));
                    }
                    Condition condition = present.<Condition>map(stored -> new Condition.Unchanged(stored.etag()))
                            .orElseGet(Condition.Absent::new);
                    return store.put(name, object, contentType, notes, condition);
                })
                .flatMap(written -> written.map(Mono::just)
                        .orElseGet(() -> rounds > 1
                                ? written(name, object, contentType, notes, epoch, rounds - 1)
                                : Mono.error(Failure.of(
                                                FailureKind.CONTEXT_STORE_UNAVAILABLE,
                                                "this tenant's context is being written by others")
                                        .withOperatorDetail(name.key() + ": gave up after " + WRITE_ROUNDS_MAX
                                                + " rounds, each overtaken by another writer")
                                        .toException())));
    }

    private static Mono<ChunkedBytes> collected(
            ObjectName name, Flux<ByteBuffer> bytes, long lengthExpected, long bytesMax) {
        return bytes.<ChunkedBytes.Builder>reduceWith(
                        () -> new ChunkedBytes.Builder(lengthExpected), (builder, next) -> {
                            if (builder.length() + next.remaining() > bytesMax) {
                                throw BlobFailures.tooLarge(
                                        name, new IOException("more came than the " + bytesMax + " bytes accepted"));
                            }
                            return builder.append(next);
                        })
                .map(ChunkedBytes.Builder::build);
    }

    /** Ends a transfer that nobody wants, so that its connection is free at once. */
    private static <T> Mono<T> discarded(Answer.Content content, Throwable error) {
        return content.bytes().next().onErrorComplete().then(Mono.error(error));
    }
}
