package io.percolate.gateway.admin.http;

import java.util.ArrayList;
import java.util.List;

/** The {@code WHERE} of a list: conditions written by us, values that came from a caller only ever bound. */
public final class Selection {
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> binds = new ArrayList<>();

    /** Adds a condition with a {@code ?} for each bind. */
    public void where(String condition, Object... values) {
        String numbered = condition;
        for (Object value : values) {
            binds.add(value);
            numbered = numbered.replaceFirst("\\?", "\\$" + binds.size());
        }
        conditions.add(numbered);
    }

    public String sql() {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    public Object[] binds() {
        return binds.toArray();
    }
}
