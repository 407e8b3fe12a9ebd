package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.proxy.cold.ByteRange.Part;
import io.percolate.gateway.proxy.engine.http1.HttpDate;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.routing.failure.FailureKind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * What a request is answered from a context: whole, in part or parts, not at all because the client has it, or that what
 * it wants does not exist (RFC 9110, sections 13 and 14).
 */
public record ContextAnswer(int status, Map<String, String> headers, long length, Publisher<ByteBuffer> body)
        implements ColdAnswer {
    /** The answer to a GET or HEAD with these header fields. */
    public static ContextAnswer of(Context context, String method, Function<String, List<String>> fields) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Served-From", "context");
        headers.put("ETag", context.etag());
        headers.put("Last-Modified", HttpDate.format(context.lastModified()));
        headers.put("Cache-Control", "private, no-cache");
        headers.put("Vary", "Authorization");
        if (isFresh(context, fields)) {
            return new ContextAnswer(304, headers, 0, Flux.empty());
        }
        headers.put("Accept-Ranges", "bytes");
        long length = context.length();
        ByteRange range = method.equals("GET") && rangeApplies(context, fields)
                ? ByteRange.parse(fields.apply("range"), length)
                : ByteRange.WHOLE;
        return switch (range) {
            case ByteRange.Whole whole -> {
                headers.put("Content-Type", context.contentType());
                yield new ContextAnswer(200, headers, length, context.bytes(0, length));
            }
            case ByteRange.Parts(List<Part> parts)
            when parts.size() == 1 -> {
                Part part = parts.getFirst();
                headers.put("Content-Type", context.contentType());
                headers.put("Content-Range", "bytes " + part.start() + "-" + (part.end() - 1) + "/" + length);
                yield new ContextAnswer(206, headers, part.length(), context.bytes(part.start(), part.end()));
            }
            case ByteRange.Parts(List<Part> parts) -> {
                Multipart multipart = Multipart.of(context, parts);
                headers.put("Content-Type", multipart.contentType());
                yield new ContextAnswer(206, headers, multipart.length(), multipart.body());
            }
            case ByteRange.Unsatisfiable none -> {
                headers.put("Content-Range", "bytes */" + length);
                yield new ContextAnswer(416, headers, 0, Flux.empty());
            }
        };
    }

    @Override
    public AnsweredBy by() {
        return AnsweredBy.CONTEXT;
    }

    @Override
    public Optional<Duration> pauseMax() {
        return Optional.empty();
    }

    @Override
    public FailureKind pausedTooLong() {
        return FailureKind.CONTEXT_STORE_UNAVAILABLE;
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
