package io.percolate.gateway.proxy.engine.http1;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a received head, in their order, as views of the bytes they came in; filled once and only read then.
 *
 * <p>A head has few fields, of which most are only passed on: so they stand in arrays, and a name that is not there is
 * mostly known by one bit of its hash.
 */
@SuppressWarnings("deprecation") // Netty would have everybody use its own hash map of fields.
final class PlainFields extends HttpHeaders {
    private static final int CAPACITY = 12;

    private AsciiString[] names = new AsciiString[CAPACITY];
    private AsciiString[] values = new AsciiString[CAPACITY];
    private int size;
    /** A bit for the hash of each name. */
    private long hashes;

    void append(AsciiString name, AsciiString value) {
        if (size == names.length) {
            names = Arrays.copyOf(names, size * 2);
            values = Arrays.copyOf(values, size * 2);
        }
        names[size] = name;
        values[size] = value;
        size++;
        hashes |= bit(name.hashCode());
    }

    private static long bit(int hash) {
        return 1L << ((hash ^ (hash >>> 6)) & 63);
    }

    /** The first field of this name from an index on; -1 when there is none. */
    private int find(CharSequence name, int from) {
        int hash = AsciiString.hashCode(name);
        if ((hashes & bit(hash)) == 0) {
            return -1;
        }
        for (int i = from; i < size; i++) {
            if (names[i].hashCode() == hash && names[i].contentEqualsIgnoreCase(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public @Nullable String get(CharSequence name) {
        int index = find(name, 0);
        return index < 0 ? null : values[index].toString();
    }

    @Override
    public @Nullable String get(String name) {
        return get((CharSequence) name);
    }

    @Override
    public List<String> getAll(CharSequence name) {
        int index = find(name, 0);
        if (index < 0) {
            return List.of();
        }
        int next = find(name, index + 1);
        if (next < 0) {
            return List.of(values[index].toString());
        }
        List<String> all = new ArrayList<>(List.of(values[index].toString()));
        for (; next >= 0; next = find(name, next + 1)) {
            all.add(values[next].toString());
        }
        return all;
    }

    @Override
    public List<String> getAll(String name) {
        return getAll((CharSequence) name);
    }

    @Override
    public boolean contains(CharSequence name) {
        return find(name, 0) >= 0;
    }

    @Override
    public boolean contains(String name) {
        return find(name, 0) >= 0;
    }

    @Override
    public boolean isEmpty() {
        return size == 0;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Iterator<Map.Entry<CharSequence, CharSequence>> iteratorCharSequence() {
        return new Fields();
    }

    private final class Fields implements Iterator<Map.Entry<CharSequence, CharSequence>> {
        private int next;

        @Override
        public boolean hasNext() {
            return next < size;
        }

        @Override
        public Map.Entry<CharSequence, CharSequence> next() {
            if (next == size) {
                throw new NoSuchElementException();
            }
            int index = next++;
            return new SimpleImmutableEntry<>(names[index], values[index]);
        }
    }

    @Override
    public Iterator<Map.Entry<String, String>> iterator() {
        return entries().iterator();
    }

    @Override
    public List<Map.Entry<String, String>> entries() {
        List<Map.Entry<String, String>> entries = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            entries.add(new SimpleImmutableEntry<>(names[i].toString(), values[i].toString()));
        }
        return entries;
    }

    @Override
    public Set<String> names() {
        Set<String> all = new LinkedHashSet<>();
        for (int i = 0; i < size; i++) {
            all.add(names[i].toString());
        }
        return all;
    }

    @Override
    public @Nullable Integer getInt(CharSequence name) {
        throw unsupported();
    }

    @Override
    public int getInt(CharSequence name, int defaultValue) {
        throw unsupported();
    }

    @Override
    public @Nullable Short getShort(CharSequence name) {
        throw unsupported();
    }

    @Override
    public short getShort(CharSequence name, short defaultValue) {
        throw unsupported();
    }

    @Override
    public @Nullable Long getTimeMillis(CharSequence name) {
        throw unsupported();
    }

    @Override
    public long getTimeMillis(CharSequence name, long defaultValue) {
        throw unsupported();
    }

    @Override
    public HttpHeaders add(String name, Object value) {
        throw unsupported();
    }

    @Override
    public HttpHeaders add(String name, Iterable<?> several) {
        throw unsupported();
    }

    @Override
    public HttpHeaders addInt(CharSequence name, int value) {
        throw unsupported();
    }

    @Override
    public HttpHeaders addShort(CharSequence name, short value) {
        throw unsupported();
    }

    @Override
    public HttpHeaders set(String name, Object value) {
        throw unsupported();
    }

    @Override
    public HttpHeaders set(String name, Iterable<?> several) {
        throw unsupported();
    }

    @Override
    public HttpHeaders setInt(CharSequence name, int value) {
        throw unsupported();
    }

    @Override
    public HttpHeaders setShort(CharSequence name, short value) {
        throw unsupported();
    }

    @Override
    public HttpHeaders remove(String name) {
        throw unsupported();
    }

    @Override
    public HttpHeaders clear() {
        throw unsupported();
    }

    private static UnsupportedOperationException unsupported() {
        return new UnsupportedOperationException("the fields of a received head are read as text and never changed");
    }
}
