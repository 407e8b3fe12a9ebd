package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.proxy.engine.http1.HttpDate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What a request is answered from a context: whole, in part, not at all because the client has it, or that the part it
 * wants does not exist (RFC 9110, sections 13 and 14).
 *
 * @param start first byte sent
 * @param end after the last byte sent
 * @param headers beside Content-Length
 */
public record ContextAnswer(int status, Map<String, String> headers, Context context, long start, long end) {
    /** The answer to a GET or HEAD with these header fields. */
    public static ContextAnswer of(Context context, String method, Function<String, List<String>> fields) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Served-From", "context");
        headers.put("ETag", context.etag());
        headers.put("Last-Modified", HttpDate.format(context.lastModified()));
        headers.put("Cache-Control", "private, no-cache");
        headers.put("Vary", "Authorization");
        if (isFresh(context, fields)) {
            return new ContextAnswer(304, headers, context, 0, 0);
        }
        headers.put("Accept-Ranges", "bytes");
        long length = context.length();
        ByteRange range = method.equals("GET") && rangeApplies(context, fields)
                ? ByteRange.parse(fields.apply("range"), length)
                : ByteRange.WHOLE;
        return switch (range) {
            case ByteRange.Whole whole -> {
                headers.put("Content-Type", context.contentType());
                yield new ContextAnswer(200, headers, context, 0, length);
            }
            case ByteRange.Part(long start, long end) -> {
                headers.put("Content-Type", context.contentType());
                headers.put("Content-Range", "bytes " + start + "-" + (end - 1) + "/" + length);
                yield new ContextAnswer(206, headers, context, start, end);
            }
            case ByteRange.Unsatisfiable none -> {
                headers.put("Content-Range", "bytes */" + length);
                yield new ContextAnswer(416, headers, context, 0, 0);
            }
        };
    }

    public long length() {
        return end - start;
    }

    /** If-None-Match, which alone counts where it is given; else If-Modified-Since. */
    private static boolean isFresh(Context context, Function<String, List<String>> fields) {
        List<String> tags = fields.apply("if-none-match");
        if (!tags.isEmpty()) {
            return tags.stream().anyMatch(value -> matchesWeakly(value, context.etag()));
        }
        List<String> since = fields.apply("if-modified-since");
        return since.size() == 1 && isNotModifiedSince(context, since.getFirst());
    }

    private static boolean matchesWeakly(String value, String etag) {
        if (value.equals("*")) {
            return true;
        }
        for (String tag : value.split(",")) {
            String stripped = tag.strip();
            if ((stripped.startsWith("W/") ? stripped.substring(2) : stripped).equals(etag)) {
                return true;
            }
        }
        return false;
    }

    private static boolean rangeApplies(Context context, Function<String, List<String>> fields) {
        List<String> conditions = fields.apply("if-range");
        if (conditions.isEmpty()) {
            return true;
        }
        String condition = conditions.getFirst();
        return conditions.size() == 1
                && (condition.equals(context.etag()) || condition.equals(HttpDate.format(context.lastModified())));
    }

    /** A date that cannot be read is as if it were not there (RFC 9110, section 13.1.3). */
    private static boolean isNotModifiedSince(Context context, String date) {
        Instant modified = context.lastModified().truncatedTo(ChronoUnit.SECONDS);
        return HttpDate.parse(date).filter(since -> !modified.isAfter(since)).isPresent();
    }
}
