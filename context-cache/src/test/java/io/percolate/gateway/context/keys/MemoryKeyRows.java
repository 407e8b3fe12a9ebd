package io.percolate.gateway.context.keys;

import io.percolate.gateway.routing.tenant.TenantId;
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
    private final AtomicInteger reads = new AtomicInteger();

    @Override
    public Mono<Optional<KeyRow>> ofVersion(TenantId tenant, int version) {
        return Mono.fromSupplier(() -> {
            reads.incrementAndGet();
            synchronized (this) {
                return Optional.ofNullable(of(tenant).get(version));
            }
        });
    }

    @Override
    public Mono<List<KeyRow>> all(TenantId tenant) {
        return Mono.fromSupplier(() -> {
            reads.incrementAndGet();
            synchronized (this) {
                return List.copyOf(of(tenant).values());
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
