package io.percolate.gateway.context.keys;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** Rows in memory, with the rules of the table; counts its reads. */
public final class MemoryKeyRows implements KeyRows {
    private final Map<TenantId, SortedMap<Integer, KeyRow>> rows = new ConcurrentHashMap<>();
    private final Map<TenantId, Long> contextEpochs = new ConcurrentHashMap<>();
    private final AtomicInteger reads = new AtomicInteger();

    @Override
    public Mono<Optional<KeyRow>> ofVersion(TenantId tenant, int version) {
        return Mono.fromSupplier(() -> {
            reads.incrementAndGet();
            synchronized (this) {
                return Optional.ofNullable(of(tenant).get(version)).map(row -> noted(tenant, row));
            }
        });
    }

    @Override
    public Mono<List<KeyRow>> all(TenantId tenant) {
        return Mono.fromSupplier(() -> {
            reads.incrementAndGet();
            synchronized (this) {
                return of(tenant).values().stream()
                        .map(row -> noted(tenant, row))
                        .toList();
            }
        });
    }

    @Override
    public Mono<Boolean> insert(TenantId tenant, KeyRow row) {
        return Mono.fromSupplier(() -> {
            synchronized (this) {
                return of(tenant).putIfAbsent(row.version(), row) == null;
            }
        });
    }

    @Override
    public Mono<Boolean> rewrap(TenantId tenant, KeyRow rewrapped, String wrappedBefore) {
        return Mono.fromSupplier(() -> {
            synchronized (this) {
                KeyRow present = of(tenant).get(rewrapped.version());
                if (present == null || !present.keyEncryptionKey().equals(wrappedBefore)) {
                    return false;
                }
                of(tenant).put(rewrapped.version(), rewrapped);
                return true;
            }
        });
    }

    @Override
    public Mono<Void> contextWritten(TenantId tenant, long epoch) {
        return Mono.fromRunnable(() -> contextEpochs.merge(tenant, epoch, Math::max));
    }

    @Override
    public Mono<List<TenantId>> wrappedByOthers(String keyEncryptionKey, Optional<TenantId> after, int limit) {
        return Mono.fromSupplier(() -> rows.entrySet().stream()
                .filter(of -> of.getValue().values().stream()
                        .anyMatch(row -> !row.keyEncryptionKey().equals(keyEncryptionKey)))
                .map(Map.Entry::getKey)
                .filter(id ->
                        after.isEmpty() || id.toString().compareTo(after.get().toString()) > 0)
                .sorted(Comparator.comparing(TenantId::toString))
                .limit(limit)
                .toList());
    }

    private KeyRow noted(TenantId tenant, KeyRow row) {
        return new KeyRow(
                row.version(),
                row.keyEncryptionKey(),
                row.wrappedKeyset(),
                row.retired(),
                contextEpochs.getOrDefault(tenant, 0L));
    }

    /** Puts a row as it is, even under a tenant that it was not made for. */
    synchronized void place(TenantId tenant, KeyRow row) {
        of(tenant).put(row.version(), row);
    }

    int reads() {
        return reads.get();
    }

    private SortedMap<Integer, KeyRow> of(TenantId tenant) {
        return rows.computeIfAbsent(tenant, none -> new TreeMap<>());
    }
}
