package io.percolate.gateway.routing.directory;

import java.util.concurrent.ConcurrentHashMap;

/** One object for all equal values, so that a million routes do not hold a million copies of the name of a region. */
final class CommonValues {
    /** Values at most; then all are forgotten, since most of them must be gone by then. */
    static final int VALUES_MAX = 65_536;

    private final ConcurrentHashMap<Object, Object> values = new ConcurrentHashMap<>();

    @SuppressWarnings("unchecked")
    <T> T of(T value) {
        Object known = values.get(value);
        if (known == null) {
            if (values.mappingCount() >= VALUES_MAX) {
                values.clear();
            }
            known = values.putIfAbsent(value, value);
        }
        return known == null ? value : (T) known;
    }
}
