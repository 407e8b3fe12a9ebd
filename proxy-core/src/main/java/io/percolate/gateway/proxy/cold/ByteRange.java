package io.percolate.gateway.proxy.cold;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What of a representation {@code Range} asks for (RFC 9110, section 14). */
sealed interface ByteRange {
    /** All of it: no range, or one that may be ignored. */
    record Whole() implements ByteRange {}

    /** One part or several, in the order asked for. */
    record Parts(List<Part> parts) implements ByteRange {}

    record Unsatisfiable() implements ByteRange {}

    /** From {@code start} to {@code end} (exclusive). */
    record Part(long start, long end) {
        long length() {
            return end - start;
        }
    }

    ByteRange WHOLE = new Whole();
    /** Ranges in one request; more are ignored. */
    int PARTS_MAX = 16;

    Pattern SET = Pattern.compile("bytes=([0-9 \\t,-]{1,1024})");
    Pattern RANGE = Pattern.compile("[ \\t]*(\\d{0,18})-(\\d{0,18})[ \\t]*");

    /**
     * What is no range of bytes is ignored, as a server may; so are ranges that together ask for more than there is, that
     * is, overlap, by which a small request would make a large answer (section 14.2).
     */
    static ByteRange parse(List<String> fields, long length) {
        if (fields.size() != 1) {
            return WHOLE;
        }
        Matcher set = SET.matcher(fields.getFirst());
        if (!set.matches()) {
            return WHOLE;
        }
        String[] ranges = set.group(1).split(",", -1);
        if (ranges.length > PARTS_MAX) {
            return WHOLE;
        }
        List<Part> parts = new ArrayList<>();
        long total = 0;
        for (String range : ranges) {
            Matcher matcher = RANGE.matcher(range);
            if (!matcher.matches() || !isValid(matcher.group(1), matcher.group(2))) {
                return WHOLE;
            }
            Part part = part(matcher.group(1), matcher.group(2), length);
            if (part.length() > 0) {
                parts.add(part);
                total += part.length();
            }
        }
        if (parts.isEmpty()) {
            return new Unsatisfiable();
        }
        return parts.size() > 1 && total > length ? WHOLE : new Parts(List.copyOf(parts));
    }

    private static boolean isValid(String first, String last) {
        return first.isEmpty() ? !last.isEmpty() : last.isEmpty() || Long.parseLong(last) >= Long.parseLong(first);
    }

    /** Empty where nothing of it exists. */
    private static Part part(String first, String last, long length) {
        if (first.isEmpty()) {
            return new Part(length - Math.min(Long.parseLong(last), length), length);
        }
        long start = Math.min(Long.parseLong(first), length);
        return new Part(start, last.isEmpty() ? length : Math.max(start, Math.min(Long.parseLong(last) + 1, length)));
    }
}
