package io.percolate.gateway.proxy.engine.http1;

import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Field names, whatever their case, to values.
 *
 * <p>Buckets by the name's own hash, which Netty has computed already when it put the field among its headers; so that
 * a look-up on the hot path costs a mask and, seldom, a comparison.
 */
final class NameTable<V> {
    private static final int BUCKETS = 128;

    private record Entry<V>(AsciiString name, V value) {}

    private final List<List<Entry<V>>> buckets = new ArrayList<>(BUCKETS);

    NameTable() {
        for (int i = 0; i < BUCKETS; i++) {
            buckets.add(List.of());
        }
    }

    NameTable<V> put(String name, V value) {
        AsciiString key = AsciiString.cached(name);
        int bucket = key.hashCode() & (BUCKETS - 1);
        List<Entry<V>> entries = new ArrayList<>(buckets.get(bucket));
        entries.add(new Entry<>(key, value));
        buckets.set(bucket, List.copyOf(entries));
        return this;
    }

    @Nullable
    V get(AsciiString name) {
        List<Entry<V>> entries = buckets.get(name.hashCode() & (BUCKETS - 1));
        for (int i = 0; i < entries.size(); i++) {
            Entry<V> entry = entries.get(i);
            if (entry.name().contentEqualsIgnoreCase(name)) {
                return entry.value();
            }
        }
        return null;
    }
}
