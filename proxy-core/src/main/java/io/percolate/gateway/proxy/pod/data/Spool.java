package io.percolate.gateway.proxy.pod.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Scheduler;

/** Streams from and to files, on a scheduler that may block, no faster than the other side goes. */
public final class Spool {
    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int PREFETCH = 8;

    private Spool() {}

    /** Writes a stream to a file that is made. Errors with {@link DataException} when it is longer than this. */
    public static Mono<Void> write(Publisher<byte[]> content, Path file, long bytesMax, Scheduler scheduler) {
        return Mono.using(
                        () -> FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        channel -> Flux.from(content)
                                .publishOn(scheduler, PREFETCH)
                                .<byte[]>handle((bytes, sink) -> write(channel, bytes, bytesMax, sink))
                                .then(),
                        Spool::close)
                .subscribeOn(scheduler);
    }

    /** A file's content, read as it is asked for. */
    public static Flux<byte[]> read(Path file, Scheduler scheduler) {
        return Flux.<byte[], FileChannel>generate(
                        () -> FileChannel.open(file, StandardOpenOption.READ), Spool::next, Spool::close)
                .subscribeOn(scheduler);
    }

    private static FileChannel next(FileChannel channel, SynchronousSink<byte[]> sink) {
        try {
            ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, channel.size() - channel.position()));
            if (chunk.capacity() == 0) {
                sink.complete();
            } else {
                while (chunk.hasRemaining() && channel.read(chunk) >= 0) {}
                sink.next(chunk.array());
            }
        } catch (IOException e) {
            sink.error(new DataException("cannot read: " + e.getMessage(), e));
        }
        return channel;
    }

    private static void write(FileChannel channel, byte[] bytes, long bytesMax, SynchronousSink<byte[]> sink) {
        try {
            if (channel.position() + bytes.length > bytesMax) {
                sink.error(new DataException("the data are larger than " + bytesMax + " bytes"));
                return;
            }
            ByteBuffer part = ByteBuffer.wrap(bytes);
            while (part.hasRemaining()) {
                channel.write(part);
            }
        } catch (IOException e) {
            sink.error(new DataException("cannot write: " + e.getMessage(), e));
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new DataException("cannot close a file", e);
        }
    }
}
