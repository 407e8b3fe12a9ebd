package io.percolate.gateway.admin.http;

import java.util.Optional;

/** Which part of a list is asked for: at most {@code limit} rows after the cursor, or from the start. */
public record PageRequest(int limit, Optional<Cursor> after) {
    static final int LIMIT_MAX = 500;
    static final int LIMIT_DEFAULT = 50;
}
