package io.percolate.gateway.context.disk;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.context.store.StoredObject;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sealed contexts in files of a folder, the least recently used of which go when they are too many bytes.
 *
 * <p>A file appears by one rename, whole; what a crash leaves half-written is deleted at the next start. What is found
 * damaged is deleted, counted and as if it had never been there. Which files there are is kept in memory. Its methods
 * but {@link #find} read and write files: not for event loops.
 */
public final class DiskBlobs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DiskBlobs.class);
    private static final String UNFINISHED = ".tmp";
    /** Weights are ints; in these units 8 TiB fit. */
    private static final int WEIGHT_UNIT_BYTES = 4096;

    private final Path folder;
    private final FileChannel lockFile;
    private final Cache<TenantId, BlobFile> files;
    private final AtomicLong flushes = new AtomicLong();
    private final AtomicLong names = new AtomicLong(System.nanoTime());
    private final Counter damaged;
    private final Counter notWritten;

    private DiskBlobs(Path folder, long bytesMax, FileChannel lockFile, MeterRegistry registry) {
        this.folder = folder;
        this.lockFile = lockFile;
        this.files = Caffeine.newBuilder()
                .maximumWeight(Math.max(1, bytesMax / WEIGHT_UNIT_BYTES))
                .weigher((TenantId tenant, BlobFile file) -> (int)
                        Math.min(Integer.MAX_VALUE, (file.fileBytes() + WEIGHT_UNIT_BYTES - 1) / WEIGHT_UNIT_BYTES))
                .executor(Runnable::run)
                .removalListener((tenant, file, cause) -> {
                    if (file != null) {
                        delete(file.path());
                    }
                })
                .build();
        damaged = Counter.builder("context.disk.damaged")
                .description("Files of the disk cache that were dropped as damaged")
                .register(registry);
        notWritten = Counter.builder("context.disk.write.failures")
                .description("Contexts that could not be written to the disk cache")
                .register(registry);
        Gauge.builder("context.disk.bytes", this, DiskBlobs::bytes)
                .description("Disk taken by cached contexts, rounded up to pages")
                .baseUnit("bytes")
                .register(registry);
    }

    /**
     * Opens the folder, which is made where it is not there. Empty, with a line in the log, where that cannot be or
     * another process has it: the gateway serves without.
     */
    public static Optional<DiskBlobs> open(DiskConfig config, MeterRegistry registry) {
        return config.folder().flatMap(folder -> {
            try {
                Files.createDirectories(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                FileChannel lockFile =
                        FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (!locked(lockFile)) {
                    lockFile.close();
                    LOG.error("no contexts are kept on disk: another process uses {}", folder);
                    return Optional.empty();
                }
                DiskBlobs blobs = new DiskBlobs(folder, config.bytesMax(), lockFile, registry);
                blobs.load();
                return Optional.of(blobs);
            } catch (IOException | UnsupportedOperationException failed) {
                LOG.error("no contexts are kept on disk: {} cannot be used", folder, failed);
                return Optional.empty();
            }
        });
    }

    private static boolean locked(FileChannel lockFile) throws IOException {
        try {
            @Nullable FileLock lock = lockFile.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException here) {
            return false;
        }
    }

    private void load() throws IOException {
        List<BlobFile> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path path : all) {
                String name = String.valueOf(path.getFileName());
                if (name.endsWith(UNFINISHED)) {
                    delete(path);
                } else if (name.endsWith(BlobFile.SUFFIX)) {
                    try {
                        found.add(BlobFile.read(path));
                    } catch (IOException broken) {
                        dropped(path, broken);
                    }
                }
            }
        }
        // Of two of one tenant the later stays.
        found.sort(Comparator.comparing(BlobFile::fetched));
        found.forEach(file -> files.put(file.tenant(), file));
        files.cleanUp();
        LOG.info("{} contexts are on disk in {}", files.estimatedSize(), folder);
    }

    /** What is there of a tenant. */
    public Optional<Found> find(TenantId tenant) {
        return Optional.ofNullable(files.getIfPresent(tenant)).map(Found::new);
    }

    /** A context in a file. */
    public final class Found {
        private final BlobFile file;

        private Found(BlobFile file) {
            this.file = file;
        }

        public StoredObject object() {
            return file.object();
        }

        /** Whether it may be given out though the store cannot be asked: no pod has had the tenant since, and not old. */
        public boolean isServableStale(TenantRoute route, Instant now, Duration staleMax) {
            return file.routeEpoch() == route.epoch()
                    && file.fetched().plus(staleMax).isAfter(now);
        }

        /** Its bytes, once they have been found undamaged; what is damaged is dropped, and an error. */
        public InputStream open() throws IOException {
            try {
                file.verify();
                return file.open();
            } catch (IOException broken) {
                if (files.asMap().remove(file.tenant(), file)) {
                    dropped(file.path(), broken);
                }
                throw broken;
            }
        }

        /** Drops it, since what it holds cannot be opened. */
        public void drop() {
            files.asMap().remove(file.tenant(), file);
        }
    }

    /**
     * The stream, which is written to a file as it is read and kept once it has been read to its end, unless anything was
     * flushed meanwhile.
     */
    public InputStream keeping(TenantRoute route, StoredObject object, InputStream sealed) {
        try {
            return new Keeping(route, object, sealed);
        } catch (IOException failed) {
            notWritten(failed);
            return sealed;
        }
    }

    /** Drops what is kept of these tenants; yields whose. */
    public List<TenantId> flush(BiPredicate<TenantId, Tier> of) {
        flushes.incrementAndGet();
        List<TenantId> dropped = files.asMap().values().stream()
                .filter(file -> of.test(file.tenant(), file.tier()))
                .map(BlobFile::tenant)
                .toList();
        files.invalidateAll(dropped);
        return dropped;
    }

    /** Disk taken, in whole pages. */
    public long bytes() {
        return WEIGHT_UNIT_BYTES
                * files.policy()
                        .eviction()
                        .map(Policy.Eviction::weightedSize)
                        .orElseThrow()
                        .orElse(0);
    }

    private void dropped(Path path, IOException why) {
        damaged.increment();
        LOG.warn("{} is dropped: {}", path, why.toString());
        delete(path);
    }

    private void notWritten(IOException why) {
        notWritten.increment();
        LOG.warn("a context cannot be kept on disk in {}: {}", folder, why.toString());
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException failed) {
            LOG.warn("{} cannot be deleted: {}", path, failed.toString());
        }
    }

    /** Gives the folder to whoever comes next; the files stay. */
    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException failed) {
            LOG.warn("{} cannot be unlocked: {}", folder, failed.toString());
        }
    }

    private final class Keeping extends FilterInputStream {
        private final TenantRoute route;
        private final StoredObject object;
        private final Instant fetched = Instant.now();
        private final long flushesBefore = flushes.get();
        private final Path unfinished;
        private final int headBytes;
        private final CRC32C sum;
        private @Nullable OutputStream out;
        private long written;

        Keeping(TenantRoute route, StoredObject object, InputStream sealed) throws IOException {
            super(sealed);
            this.route = route;
            this.object = object;
            byte[] head = BlobFile.head(route.tenant(), route.tier(), route.epoch(), fetched, object);
            headBytes = head.length;
            sum = BlobFile.sumBegun(head);
            unfinished = folder.resolve(
                    route.tenant() + "-" + Long.toUnsignedString(names.getAndIncrement(), 36) + UNFINISHED);
            out = Files.newOutputStream(unfinished, StandardOpenOption.CREATE_NEW);
            out.write(head);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = in.read(bytes, offset, length);
            @Nullable OutputStream kept = out;
            if (kept != null && count > 0) {
                try {
                    kept.write(bytes, offset, count);
                    sum.update(bytes, offset, count);
                    written += count;
                } catch (IOException full) {
                    giveUp(kept);
                    notWritten(full);
                }
            } else if (kept != null && count < 0) {
                finish(kept);
            }
            return count;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private void finish(OutputStream kept) {
            out = null;
            try {
                kept.write(ByteBuffer.allocate(Integer.BYTES)
                        .putInt((int) sum.getValue())
                        .array());
                kept.close();
                if (written != object.length()) {
                    throw new IOException("expected " + object.length() + " bytes, got " + written);
                }
                if (flushes.get() != flushesBefore) {
                    delete(unfinished);
                    return;
                }
                String name = String.valueOf(unfinished.getFileName());
                Path path = folder.resolve(name.substring(0, name.length() - UNFINISHED.length()) + BlobFile.SUFFIX);
                Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
                files.put(
                        route.tenant(),
                        new BlobFile(path, route.tenant(), route.tier(), route.epoch(), fetched, object, headBytes));
            } catch (IOException failed) {
                delete(unfinished);
                notWritten(failed);
            }
        }

        private void giveUp(OutputStream kept) {
            out = null;
            try {
                kept.close();
            } catch (IOException failed) {
                LOG.debug("{} cannot be closed", unfinished, failed);
            }
            delete(unfinished);
        }

        @Override
        public void close() throws IOException {
            @Nullable OutputStream kept = out;
            if (kept != null) {
                giveUp(kept);
            }
            super.close();
        }
    }
}
