package io.percolate.gateway.bench.pod.store;

import io.percolate.gateway.proxy.pod.data.DataException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.rocksdb.Checkpoint;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * One tenant's open data: a store of keys and a log of messages.
 *
 * <p>A write survives the death of the process, since it is in the write-ahead log; not the machine's. Safe for use
 * from any thread, and safe to close at any time: calls under way end first, later ones throw {@link
 * ClosedDataException}.
 */
public final class TenantData implements AutoCloseable {
    private static final byte KEY = 'k';
    private static final byte MESSAGE = 'm';
    private static final byte[] KEYS_END = {KEY + 1};
    private static final byte[] MESSAGES_END = {MESSAGE + 1};
    /** Counting stops here; a larger number is told as this one. */
    private static final int KEYS_COUNTED_MAX = 100_000;

    private final RocksDB db;
    private final Consumer<TenantData> onClose;
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
    private final Object appending = new Object();
    private long lastMessage;
    private boolean closed;

    /** @param onClose called once, when these data are closed */
    TenantData(RocksDB db, Consumer<TenantData> onClose) {
        this.db = db;
        this.onClose = onClose;
        this.lastMessage =
                newestMessages(1).stream().mapToLong(Message::id).findFirst().orElse(0);
    }

    /** One message of a tenant's log; ids count up from 1. */
    public record Message(long id, Instant at, String text) {
        private byte[] encoded() {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.allocate(Long.BYTES + bytes.length)
                    .putLong(at.toEpochMilli())
                    .put(bytes)
                    .array();
        }

        private static Message decoded(byte[] key, byte[] value) {
            ByteBuffer buffer = ByteBuffer.wrap(value);
            Instant at = Instant.ofEpochMilli(buffer.getLong());
            return new Message(
                    ByteBuffer.wrap(key, 1, Long.BYTES).getLong(),
                    at,
                    StandardCharsets.UTF_8.decode(buffer).toString());
        }
    }

    public Optional<byte[]> get(String key) {
        return using(() -> Optional.ofNullable(db.get(keyOf(key))));
    }

    public void put(String key, byte[] value) {
        using(() -> {
            db.put(keyOf(key), value);
            return true;
        });
    }

    /** Whether there was such a key. */
    public boolean delete(String key) {
        return using(() -> {
            boolean existed = db.get(keyOf(key)) != null;
            db.delete(keyOf(key));
            return existed;
        });
    }

    public Message append(String text, Instant at) {
        return using(() -> {
            synchronized (appending) {
                Message message = new Message(lastMessage + 1, at, text);
                db.put(messageKey(message.id()), message.encoded());
                lastMessage = message.id();
                return message;
            }
        });
    }

    /** Messages with a greater id than {@code after}, oldest first. */
    public List<Message> messagesAfter(long after, int countMax) {
        return using(() -> {
            List<Message> messages = new ArrayList<>();
            try (ReadOptions options = new ReadOptions();
                    Slice end = new Slice(MESSAGES_END);
                    RocksIterator rows = db.newIterator(options.setIterateUpperBound(end))) {
                rows.seek(messageKey(Math.max(0, after) + 1));
                while (rows.isValid() && messages.size() < countMax) {
                    messages.add(Message.decoded(rows.key(), rows.value()));
                    rows.next();
                }
                rows.status();
            }
            return messages;
        });
    }

    /** The last messages, oldest first. */
    public Collection<Message> newestMessages(int countMax) {
        return using(() -> {
            Deque<Message> messages = new ArrayDeque<>();
            try (ReadOptions options = new ReadOptions();
                    Slice end = new Slice(MESSAGES_END);
                    RocksIterator rows = db.newIterator(options.setIterateUpperBound(end))) {
                rows.seekToLast();
                while (rows.isValid() && rows.key()[0] == MESSAGE && messages.size() < countMax) {
                    messages.addFirst(Message.decoded(rows.key(), rows.value()));
                    rows.prev();
                }
                rows.status();
            }
            return messages;
        });
    }

    public int keyCount() {
        return using(() -> {
            int count = 0;
            try (ReadOptions options = new ReadOptions();
                    Slice end = new Slice(KEYS_END);
                    RocksIterator rows = db.newIterator(options.setIterateUpperBound(end))) {
                rows.seek(new byte[] {KEY});
                while (rows.isValid() && count < KEYS_COUNTED_MAX) {
                    count++;
                    rows.next();
                }
                rows.status();
            }
            return count;
        });
    }

    /** Memory that this tenant's data takes, without the cache that all tenants share. */
    public long memoryBytes() {
        return using(() -> db.getLongProperty("rocksdb.cur-size-all-mem-tables")
                + db.getLongProperty("rocksdb.estimate-table-readers-mem"));
    }

    /** Writes a consistent copy, mostly of links, to a folder that must not exist yet. */
    public void checkpoint(Path folder) {
        using(() -> {
            try (Checkpoint checkpoint = Checkpoint.create(db)) {
                checkpoint.createCheckpoint(folder.toString());
            }
            return true;
        });
    }

    /** Moves what is in memory to files. */
    public void flush() {
        using(() -> {
            try (FlushOptions options = new FlushOptions()) {
                db.flush(options.setWaitForFlush(true));
            }
            return true;
        });
    }

    public boolean isOpen() {
        use.readLock().lock();
        try {
            return !closed;
        } finally {
            use.readLock().unlock();
        }
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                db.close();
                onClose.accept(this);
            }
        } finally {
            use.writeLock().unlock();
        }
    }

    private <T> T using(Operation<T> operation) {
        use.readLock().lock();
        try {
            if (closed) {
                throw new ClosedDataException();
            }
            return operation.run();
        } catch (RocksDBException e) {
            throw new DataException("RocksDB failed: " + e.getMessage(), e);
        } finally {
            use.readLock().unlock();
        }
    }

    private static byte[] keyOf(String key) {
        byte[] text = key.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + text.length).put(KEY).put(text).array();
    }

    private static byte[] messageKey(long id) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(MESSAGE).putLong(id).array();
    }

    private interface Operation<T> {
        T run() throws RocksDBException;
    }
}
