package io.percolate.gateway.bench.pod.store;

import io.percolate.gateway.proxy.pod.data.DataException;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * The folder of a pod: one folder a tenant, and one for what is under way and of no worth after a crash.
 *
 * <p>{@code tenants/<id>/db} is the RocksDB, {@code tenants/<id>/placement} has its epoch and, once the data are gone,
 * where they went. Each change is a rename, so that a crash leaves the old or the new.
 */
public final class DataDirectory implements AutoCloseable {
    private static final long BLOCK_CACHE_BYTES = 16L << 20;
    private static final long WRITE_BUFFER_BYTES = 2L << 20;
    private static final int OPEN_FILES_MAX = 64;
    /** Of each opening of a tenant, which starts them and ends them; 16 by default, which is most of what a small tenant costs. */
    private static final int FILE_OPENING_THREADS = 1;

    static {
        RocksDB.loadLibrary();
    }

    private final Path tenants;
    private final Workspace workspace;
    private final LRUCache cache = new LRUCache(BLOCK_CACHE_BYTES);
    private final Options options;
    private final Set<TenantData> open = ConcurrentHashMap.newKeySet();
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
    private boolean closed;

    private DataDirectory(Path tenants, Workspace workspace) {
        this.tenants = tenants;
        this.workspace = workspace;
        this.options = new Options()
                .setCreateIfMissing(true)
                .setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setMaxOpenFiles(OPEN_FILES_MAX)
                .setMaxFileOpeningThreads(FILE_OPENING_THREADS)
                .setKeepLogFileNum(1)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache));
    }

    /** Opens the folder, made if need be, and clears what a crash left under way. */
    public static DataDirectory open(Path root) throws IOException {
        Path tenants = Files.createDirectories(root.resolve("tenants"));
        return new DataDirectory(tenants, Workspace.open(root));
    }

    /** All tenants that were ever here. */
    public Map<TenantId, OnDisk> all() throws IOException {
        Map<TenantId, OnDisk> found = new LinkedHashMap<>();
        try (Stream<Path> folders = Files.list(tenants)) {
            for (Path folder : (Iterable<Path>) folders::iterator) {
                Optional<TenantId> tenant = TenantId.parse(String.valueOf(folder.getFileName()));
                if (tenant.isPresent()) {
                    found.put(tenant.get(), read(folder));
                }
            }
        }
        return found;
    }

    /** What is here of the tenant. */
    public OnDisk of(TenantId tenant) {
        try {
            return read(folder(tenant));
        } catch (IOException e) {
            throw unreadable(tenant, e);
        }
    }

    /** Opens the tenant's data, empty ones if there are none, and notes the epoch. */
    public TenantData open(TenantId tenant, long epoch) {
        use.readLock().lock();
        try {
            if (closed) {
                throw new ClosedDataException();
            }
            Files.createDirectories(folder(tenant));
            TenantData data =
                    new TenantData(RocksDB.open(options, database(tenant).toString()), open::remove);
            open.add(data);
            stamp(tenant, epoch, null);
            return data;
        } catch (RocksDBException | IOException e) {
            throw unreadable(tenant, e);
        } finally {
            use.readLock().unlock();
        }
    }

    /** Notes that from now on the tenant is here under this epoch. */
    public void stamp(TenantId tenant, long epoch) {
        stamp(tenant, epoch, null);
    }

    /** Puts an unpacked folder in the place of the tenant's data, which must not be open. */
    public void replace(TenantId tenant, Path unpacked, long epoch) {
        try {
            Files.createDirectories(folder(tenant));
            putAside(database(tenant));
            Files.move(unpacked, database(tenant), StandardCopyOption.ATOMIC_MOVE);
            stamp(tenant, epoch, null);
        } catch (IOException e) {
            throw unreadable(tenant, e);
        }
    }

    /** Deletes the tenant's data, which must not be open, and remembers where they went. */
    public void remove(TenantId tenant, long epoch, @Nullable String location) {
        try {
            stamp(tenant, epoch, location);
            putAside(database(tenant));
        } catch (IOException e) {
            throw unreadable(tenant, e);
        }
    }

    /** The folder of the closed data. */
    public Path database(TenantId tenant) {
        return folder(tenant).resolve("db");
    }

    public long sizeBytes(TenantId tenant) {
        try (Stream<Path> files = Files.walk(folder(tenant))) {
            return files.mapToLong(DataDirectory::sizeOrGone).sum();
        } catch (IOException | java.io.UncheckedIOException gone) {
            return 0;
        }
    }

    /** A path of its own for something under way; whoever asks discards it. */
    public Path scratch() {
        return workspace.scratch();
    }

    /** Deletes something that was under way; fine where it is gone. */
    public void discard(Path underWay) {
        workspace.discard(underWay);
    }

    /** Closes all data that are open, and what they share. */
    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                open.forEach(TenantData::close);
                options.close();
                cache.close();
            }
        } finally {
            use.writeLock().unlock();
        }
    }

    private void putAside(Path folder) throws IOException {
        if (Files.exists(folder)) {
            Path aside = scratch();
            Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
            workspace.discard(aside);
        }
    }

    private void stamp(TenantId tenant, long epoch, @Nullable String location) {
        try {
            Path unfinished = scratch();
            Files.write(
                    unfinished,
                    location == null ? List.of(Long.toString(epoch)) : List.of(Long.toString(epoch), location),
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.SYNC);
            Files.move(unfinished, placement(folder(tenant)), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw unreadable(tenant, e);
        }
    }

    private static OnDisk read(Path folder) throws IOException {
        if (!Files.exists(placement(folder))) {
            return OnDisk.NOTHING;
        }
        List<String> lines = Files.readAllLines(placement(folder));
        return new OnDisk(
                Long.parseLong(lines.getFirst()),
                Files.exists(folder.resolve("db")),
                lines.size() > 1 ? lines.get(1) : null);
    }

    private static long sizeOrGone(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException gone) {
            return 0;
        }
    }

    private static Path placement(Path folder) {
        return folder.resolve("placement");
    }

    private Path folder(TenantId tenant) {
        return tenants.resolve(tenant.toString());
    }

    private static DataException unreadable(TenantId tenant, Exception e) {
        return new DataException("the data of " + tenant + " cannot be used: " + e.getMessage(), e);
    }
}
