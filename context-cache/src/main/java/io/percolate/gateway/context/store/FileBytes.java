package io.percolate.gateway.context.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Files as streams of buffers, read and written on threads that may block. */
final class FileBytes {
    private static final int CHUNK_BYTES = 64 * 1024;

    private FileBytes() {}

    static Flux<ByteBuffer> read(Path file) {
        return Flux.<ByteBuffer, FileChannel>generate(
                        () -> FileChannel.open(file, StandardOpenOption.READ),
                        (channel, sink) -> {
                            ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
                            try {
                                if (channel.read(chunk) < 0) {
                                    sink.complete();
                                } else {
                                    sink.next(chunk.flip());
                                }
                            } catch (IOException failed) {
                                sink.error(failed);
                            }
                            return channel;
                        },
                        FileBytes::close)
                .subscribeOn(Schedulers.boundedElastic());
    }

    /** Writes the whole to the file, which appears or is replaced only at the end; yields its length. */
    static Mono<Long> write(Flux<ByteBuffer> bytes, Path file) {
        return Mono.defer(() -> {
            Path unfinished = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".part");
            return Mono.using(
                            () -> FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            channel -> bytes.publishOn(Schedulers.boundedElastic(), 2)
                                    .concatMap(chunk -> Mono.fromCallable(() -> written(channel, chunk)), 0)
                                    .reduce(0L, Long::sum)
                                    .flatMap(length -> Mono.fromCallable(() -> {
                                        channel.force(true);
                                        return length;
                                    })),
                            FileBytes::close)
                    .flatMap(length -> Mono.fromCallable(() -> {
                        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
                        return length;
                    }))
                    .doFinally(ended -> delete(unfinished))
                    .subscribeOn(Schedulers.boundedElastic());
        });
    }

    private static long written(FileChannel channel, ByteBuffer bytes) throws IOException {
        long length = bytes.remaining();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        return length;
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot close a file", failed);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot delete " + file, failed);
        }
    }
}
