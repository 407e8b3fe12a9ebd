package io.percolate.gateway.admin.http;

import io.percolate.gateway.admin.http.Problem.FieldError;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the parameters of a query and collects every error until {@link #finish}, unknown and repeated ones included. */
public final class Query {
    private final Map<String, List<String>> parameters;
    private final List<FieldError> errors = new ArrayList<>();
    private final Set<String> known = new HashSet<>();

    Query(Map<String, List<String>> parameters) {
        this.parameters = parameters;
    }

    public Optional<String> text(String name, int lengthMax) {
        return given(name).filter(text -> {
            boolean fits = !text.isBlank() && text.length() <= lengthMax;
            if (!fits) {
                error(name, "expected 1 to " + lengthMax + " characters");
            }
            return fits;
        });
    }

    public <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
        return given(name).flatMap(text -> {
            Optional<E> value = Label.parse(type, text);
            if (value.isEmpty()) {
                error(name, "expected " + Label.choices(type));
            }
            return value;
        });
    }

    public Optional<TenantId> tenant(String name) {
        return given(name).flatMap(text -> {
            Optional<TenantId> id = TenantId.parse(text);
            if (id.isEmpty()) {
                error(name, "expected a tenant id (UUID)");
            }
            return id;
        });
    }

    public int count(String name, int min, int max, int defaultValue) {
        return given(name)
                .map(text -> {
                    try {
                        int value = Integer.parseInt(text);
                        if (value >= min && value <= max) {
                            return value;
                        }
                    } catch (NumberFormatException notNumber) {
                        // Told below, like a number out of bounds.
                    }
                    error(name, "expected a whole number from " + min + " to " + max);
                    return defaultValue;
                })
                .orElse(defaultValue);
    }

    /** {@code limit} and {@code cursor}, as every list of this API takes them. */
    public PageRequest page() {
        int limit = count("limit", 1, PageRequest.LIMIT_MAX, PageRequest.LIMIT_DEFAULT);
        Optional<Cursor> after = given("cursor").flatMap(text -> {
            Optional<Cursor> cursor = Cursor.parse(text);
            if (cursor.isEmpty()) {
                error("cursor", "expected the next_cursor of an earlier page");
            }
            return cursor;
        });
        return new PageRequest(limit, after);
    }

    public void error(String name, String detail) {
        errors.add(new FieldError(name, detail));
    }

    /** Ends the reading: throws a {@code FIELDS_INVALID} problem with every error, if there was one. */
    public void finish() {
        for (String name : parameters.keySet()) {
            if (!known.contains(name)) {
                error(name, "is not a known parameter");
            }
        }
        if (!errors.isEmpty()) {
            throw Problem.ofFields(errors).toException();
        }
    }

    private Optional<String> given(String name) {
        known.add(name);
        List<String> values = parameters.getOrDefault(name, List.of());
        if (values.size() > 1) {
            error(name, "is given " + values.size() + " times");
        }
        return values.stream().findFirst();
    }
}
