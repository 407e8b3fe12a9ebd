package io.percolate.gateway.routing.topology;

import java.util.regex.Pattern;

/** Identity of a region, as in the {@code regions} table: it also travels in a header field. */
public record RegionId(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,31}");

    public RegionId {
        if (!isValid(value)) {
            throw new IllegalArgumentException(
                    "a region has 1 to 32 letters, digits, dots, hyphens and underscores: '" + value + "'");
        }
    }

    public static boolean isValid(String value) {
        return FORM.matcher(value).matches();
    }

    @Override
    public String toString() {
        return value;
    }
}
