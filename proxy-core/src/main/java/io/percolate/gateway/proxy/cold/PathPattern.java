package io.percolate.gateway.proxy.cold;

import java.util.List;

/**
 * Which paths a rule is for. In it {@code *} stands for one segment and a final {@code /**} for anything below, or
 * nothing. Paths are compared as received, without their query.
 *
 * @param below whether it ends in {@code /**}
 */
record PathPattern(List<String> segments, boolean below) {
    private static final String ANY = "*";

    /** Parses what begins with a slash. */
    static PathPattern parse(String text) {
        boolean below = text.endsWith("/**");
        List<String> segments = segments(below ? text.substring(0, text.length() - 3) : text);
        if (segments.stream().anyMatch(segment -> segment.contains("**"))) {
            throw new IllegalArgumentException("'**' may only end a path");
        }
        if (segments.stream().anyMatch(segment -> segment.length() > 1 && segment.contains(ANY))) {
            throw new IllegalArgumentException("'*' stands for a whole segment only");
        }
        return new PathPattern(segments, below);
    }

    /** The parts between slashes; a trailing slash makes an empty last one, the root alone makes none. */
    static List<String> segments(String path) {
        return path.length() <= 1 ? List.of() : List.of(path.substring(1).split("/", -1));
    }

    boolean matches(List<String> path) {
        return fits(path.size(), below) && agrees(path);
    }

    /** Whether it matches all that the other does. */
    boolean covers(PathPattern other) {
        return below
                ? other.segments.size() >= segments.size() && agrees(other.segments)
                : !other.below && other.segments.size() == segments.size() && agrees(other.segments);
    }

    private boolean fits(int size, boolean orMore) {
        return orMore ? size >= segments.size() : size == segments.size();
    }

    private boolean agrees(List<String> path) {
        for (int i = 0; i < segments.size(); i++) {
            if (!segments.get(i).equals(ANY) && !segments.get(i).equals(path.get(i))) {
                return false;
            }
        }
        return true;
    }
}
