package io.percolate.gateway.routing.token;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The headers of tokens that were accepted: an issuer writes the same one into all tokens of a key.
 *
 * <p>Only what a signature vouches for gets in, so that strangers cannot fill it. Safe for use from any thread.
 */
final class KnownHeaders {
    static final int HEADERS_MAX = 256;

    private final Map<String, CompactJws.Header> headers = new ConcurrentHashMap<>();

    CompactJws.@Nullable Header find(String encoded) {
        return headers.get(encoded);
    }

    /** Beyond the bound all are forgotten, since an issuer that varies its headers gains nothing here. */
    void add(CompactJws.Header header) {
        if (headers.putIfAbsent(header.encoded(), header) == null && headers.size() > HEADERS_MAX) {
            headers.clear();
        }
    }
}
