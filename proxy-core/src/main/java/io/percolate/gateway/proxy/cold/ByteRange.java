package io.percolate.gateway.proxy.cold;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The part of a representation that {@code Range} asks for; one part only (RFC 9110, section 14). */
sealed interface ByteRange {
    /** All of it: no range, or one that may be ignored. */
    record Whole() implements ByteRange {}

    /** From {@code start} to {@code end} (exclusive). */
    record Part(long start, long end) implements ByteRange {}

    record Unsatisfiable() implements ByteRange {}

    ByteRange WHOLE = new Whole();
    Pattern SINGLE = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

    /** Several ranges, and what is no range of bytes at all, are ignored, as a server may. */
    static ByteRange parse(List<String> fields, long length) {
        if (fields.size() != 1) {
            return WHOLE;
        }
        Matcher matcher = SINGLE.matcher(fields.getFirst());
        if (!matcher.matches()) {
            return WHOLE;
        }
        String first = matcher.group(1);
        String last = matcher.group(2);
        if (first.isEmpty()) {
            if (last.isEmpty()) {
                return WHOLE;
            }
            long suffix = Math.min(Long.parseLong(last), length);
            return suffix == 0 ? new Unsatisfiable() : new Part(length - suffix, length);
        }
        long start = Long.parseLong(first);
        long end = last.isEmpty() ? length : Math.min(Long.parseLong(last) + 1, length);
        if (!last.isEmpty() && Long.parseLong(last) < start) {
            return WHOLE;
        }
        return start >= length ? new Unsatisfiable() : new Part(start, end);
    }
}
