package io.percolate.gateway.context.store;

import io.percolate.gateway.context.blob.ChunkedBytes;
import io.percolate.gateway.context.store.S3ContextStore.Condition;
import io.percolate.gateway.context.store.S3ContextStore.Written;
import io.percolate.gateway.context.store.StoredObject.Notes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** One write of unknown length: in one piece when it fits a part, else as a multipart upload, one part at a time. */
final class S3Upload {
    private static final Logger log = LoggerFactory.getLogger(S3Upload.class);

    /** S3 takes 10,000 parts: 80 GiB in all. At most two parts are in memory. */
    static final int PART_BYTES = 8 << 20;

    private static final int PARTS_MAX = 10_000;

    private final S3ContextStore store;
    private final String bucket;
    private final ObjectName name;
    private final String contentType;
    private final Notes notes;

    private record Part(ChunkedBytes bytes, boolean last) {}

    S3Upload(S3ContextStore store, String bucket, ObjectName name, String contentType, Notes notes) {
        this.store = store;
        this.bucket = bucket;
        this.name = name;
        this.contentType = contentType;
        this.notes = notes;
    }

    Mono<Written> of(Flux<ByteBuffer> bytes) {
        return parts(bytes)
                .switchOnFirst((first, parts) -> {
                    Part part = first.get();
                    return part != null && part.last()
                            ? parts.concatMap(
                                    only -> store.put(name, only.bytes(), contentType, notes, new Condition.Always())
                                            .map(written -> written.orElseThrow()))
                            : inParts(parts);
                })
                .single();
    }

    private Mono<Written> inParts(Flux<Part> parts) {
        return Mono.usingWhen(
                store.call(
                                name,
                                sdk -> sdk.createMultipartUpload(create -> create.bucket(bucket)
                                        .key(name.key())
                                        .contentType(contentType)
                                        .metadata(S3Notes.toMetadata(notes))))
                        .map(created -> created.uploadId()),
                upload -> uploaded(upload, parts),
                upload -> Mono.empty(),
                (upload, error) -> aborted(upload),
                this::aborted);
    }

    private Mono<Written> uploaded(String upload, Flux<Part> parts) {
        return parts.index()
                .concatMap(
                        numbered -> part(
                                upload,
                                Math.toIntExact(numbered.getT1()) + 1,
                                numbered.getT2().bytes()),
                        0)
                .collectList()
                .flatMap(sent -> store.call(
                                name,
                                sdk -> sdk.completeMultipartUpload(complete -> complete.bucket(bucket)
                                        .key(name.key())
                                        .uploadId(upload)
                                        .multipartUpload(all -> all.parts(
                                                sent.stream().map(Sent::part).toList()))
                                        .overrideConfiguration(overrides ->
                                                overrides.apiCallAttemptTimeout(store.writeTimeout(PART_BYTES)))))
                        .map(done -> new Written(
                                done.eTag(),
                                sent.stream().mapToLong(Sent::length).sum())));
    }

    private record Sent(CompletedPart part, long length) {}

    private Mono<Sent> part(String upload, int number, ChunkedBytes bytes) {
        if (number > PARTS_MAX) {
            return Mono.error(new IllegalArgumentException(
                    "an object has at most " + PARTS_MAX + " parts of " + PART_BYTES + " bytes"));
        }
        return store.call(
                        name,
                        sdk -> sdk.uploadPart(
                                part -> part.bucket(bucket)
                                        .key(name.key())
                                        .uploadId(upload)
                                        .partNumber(number)
                                        .overrideConfiguration(overrides ->
                                                overrides.apiCallAttemptTimeout(store.writeTimeout(bytes.length()))),
                                new ChunkedBody(bytes)))
                .map(answer -> new Sent(
                        CompletedPart.builder()
                                .partNumber(number)
                                .eTag(answer.eTag())
                                .build(),
                        bytes.length()));
    }

    private Mono<Void> aborted(String upload) {
        return store.call(
                        name,
                        sdk -> sdk.abortMultipartUpload(
                                abort -> abort.bucket(bucket).key(name.key()).uploadId(upload)))
                .then()
                .onErrorResume(error -> {
                    log.warn("an unfinished upload remains in S3 until the bucket's lifecycle rule removes it", error);
                    return Mono.empty();
                });
    }

    private static Flux<Part> parts(Flux<ByteBuffer> bytes) {
        return Flux.defer(() -> {
            Cutter cutter = new Cutter();
            return bytes.concatMapIterable(cutter::add, 1).concatWith(Mono.fromSupplier(cutter::rest));
        });
    }

    /** Cuts a stream into parts. A full part waits for the byte after it, so that the last part is known as such. */
    private static final class Cutter {
        private ChunkedBytes.Builder part = new ChunkedBytes.Builder(PART_BYTES);

        List<Part> add(ByteBuffer bytes) {
            List<Part> full = new ArrayList<>();
            while (bytes.hasRemaining()) {
                if (part.length() == PART_BYTES) {
                    full.add(new Part(part.build(), false));
                    part = new ChunkedBytes.Builder(PART_BYTES);
                }
                int room = (int) Math.min(bytes.remaining(), PART_BYTES - part.length());
                ByteBuffer head = bytes.slice(bytes.position(), room);
                bytes.position(bytes.position() + room);
                part.append(head);
            }
            return full;
        }

        Part rest() {
            return new Part(part.build(), true);
        }
    }
}
