package io.percolate.gateway.bench.pod.store;

import io.percolate.gateway.proxy.pod.data.DataException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Scheduler;

/** A folder of a RocksDB as a tar stream: regular files, no folders, in the ustar format. */
public final class DataTar {
    private static final int BLOCK_BYTES = 512;
    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int FILES_MAX = 100_000;

    private DataTar() {}

    /** The folder's stream, read on the scheduler as fast as it is asked for; each array is the reader's own. */
    public static Flux<byte[]> pack(Path folder, Scheduler scheduler) {
        return packed(() -> files(folder), scheduler);
    }

    /** The same of some files. */
    public static Flux<byte[]> packed(Callable<List<Path>> files, Scheduler scheduler) {
        return Flux.<byte[], Packing>generate(() -> new Packing(files.call()), Packing::next, Packing::close)
                .subscribeOn(scheduler);
    }

    /** What belongs to a RocksDB in its folder. */
    public static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            // LOCK is RocksDB's own, LOG its diary.
            return all.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("LOCK")
                            && !String.valueOf(file.getFileName()).startsWith("LOG"))
                    .sorted()
                    .toList();
        }
    }

    /** Unpacks a stream to a folder, which is made. */
    public static void unpack(Path tar, Path folder, long bytesMax, boolean mayBeEmpty) {
        try (InputStream file = new BufferedInputStream(Files.newInputStream(tar), CHUNK_BYTES);
                TarArchiveInputStream entries = new TarArchiveInputStream(file)) {
            Files.createDirectories(folder);
            long bytes = 0;
            int files = 0;
            TarArchiveEntry entry = entries.getNextEntry();
            while (entry != null) {
                String name = entry.getName();
                if (!entry.isFile() || name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0) {
                    throw new DataException("expected the plain files of a RocksDB, got '" + name + "'");
                }
                bytes += entry.getSize();
                files++;
                if (bytes > bytesMax || files > FILES_MAX) {
                    throw new DataException(
                            "the data are larger than " + bytesMax + " bytes in " + FILES_MAX + " files");
                }
                Files.copy(entries, folder.resolve(name));
                entry = entries.getNextEntry();
            }
            if (files == 0 && !mayBeEmpty) {
                throw new DataException("expected a RocksDB, got an empty tar");
            }
        } catch (IOException e) {
            throw new DataException("the tar cannot be unpacked: " + e.getMessage(), e);
        }
    }

    /** Where a packing stands: the file being read, and those that follow. */
    private static final class Packing {
        private final Iterator<Path> files;
        private @Nullable FileChannel current;
        private long left;
        private boolean ended;

        Packing(List<Path> all) {
            files = all.iterator();
        }

        Packing next(SynchronousSink<byte[]> sink) {
            try {
                if (current != null && left > 0) {
                    sink.next(chunk(current));
                } else if (files.hasNext()) {
                    sink.next(header(files.next()));
                } else if (!ended) {
                    ended = true;
                    sink.next(new byte[2 * BLOCK_BYTES]);
                } else {
                    sink.complete();
                }
            } catch (IOException e) {
                sink.error(new DataException("cannot pack: " + e.getMessage(), e));
            }
            return this;
        }

        private byte[] header(Path file) throws IOException {
            closeCurrent();
            current = FileChannel.open(file, StandardOpenOption.READ);
            left = current.size();
            TarArchiveEntry entry = new TarArchiveEntry(String.valueOf(file.getFileName()));
            entry.setSize(left);
            entry.setModTime(0);
            byte[] block = new byte[BLOCK_BYTES];
            entry.writeEntryHeader(block);
            return block;
        }

        /** The next bytes of the file; the last ones with the padding to a whole block. */
        private byte[] chunk(FileChannel file) throws IOException {
            int length = (int) Math.min(CHUNK_BYTES, left);
            int padded = (length + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
            ByteBuffer bytes = ByteBuffer.allocate(padded).limit(length);
            while (bytes.hasRemaining()) {
                if (file.read(bytes) < 0) {
                    throw new IOException("a file became shorter while it was read");
                }
            }
            left -= length;
            return bytes.array();
        }

        private void closeCurrent() throws IOException {
            if (current != null) {
                current.close();
                current = null;
            }
        }

        void close() {
            try {
                closeCurrent();
            } catch (IOException e) {
                throw new DataException("cannot close a packed file", e);
            }
        }
    }
}
