package io.percolate.gateway.proxy.pod;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What control calls read of a request; what cannot be read is a {@link PodRefusal}. */
public final class ControlRequest {
    public static final String EPOCH = "X-Placement-Epoch";
    private static final int BODY_BYTES_MAX = 64 * 1024;
    private static final String WAIT = "wait";
    private static final int WAIT_MILLIS_MAX = 60_000;

    private ControlRequest() {}

    /** The epoch that the call comes under. */
    public static long epoch(HttpServerRequest request) {
        String text = request.requestHeaders().get(EPOCH);
        if (text == null) {
            throw PodRefusal.badRequest(EPOCH + " is missing");
        }
        try {
            long epoch = Long.parseLong(text);
            if (epoch > 0) {
                return epoch;
            }
        } catch (NumberFormatException e) {
            // Refused below, with what was expected.
        }
        throw PodRefusal.badRequest(EPOCH + ": expected a number from 1, got '" + text + "'");
    }

    /** How long the answer may be kept back. */
    static Duration waitMax(HttpServerRequest request) {
        List<String> given = new QueryStringDecoder(request.uri()).parameters().getOrDefault(WAIT, List.of("0"));
        try {
            int millis = Integer.parseInt(given.getFirst());
            if (given.size() == 1 && millis >= 0 && millis <= WAIT_MILLIS_MAX) {
                return Duration.ofMillis(millis);
            }
        } catch (NumberFormatException e) {
            // Refused below, with what was expected.
        }
        throw PodRefusal.badRequest(
                WAIT + ": expected milliseconds from 0 to " + WAIT_MILLIS_MAX + ", got '" + given.getFirst() + "'");
    }

    /** The whole of a small body; empty bytes where there is none. */
    public static Mono<byte[]> body(HttpServerRequest request) {
        return body(request, BODY_BYTES_MAX);
    }

    /** The whole of a body that is not longer than this; empty bytes where there is none. */
    public static Mono<byte[]> body(HttpServerRequest request, int bytesMax) {
        return request.receive()
                .asByteArray()
                .collect(ByteArrayOutputStream::new, (all, part) -> {
                    if (all.size() + part.length > bytesMax) {
                        throw new PodRefusal(413, "expected a body of at most " + bytesMax + " bytes");
                    }
                    all.writeBytes(part);
                })
                .map(ByteArrayOutputStream::toByteArray);
    }

    /** Where the body of a load says that the data are. */
    static @Nullable URI restoreFrom(byte[] body) {
        return body.length == 0 ? null : url(body, "restore_from");
    }

    /** The address under this name in a body that is a JSON object; null where there is none. */
    public static @Nullable URI url(byte[] body, String name) {
        try {
            JsonNode root = JsonMapper.shared().readTree(body);
            JsonNode from = root.path(name);
            if (root.isObject() && (from.isMissingNode() || from.isNull())) {
                return null;
            }
            if (from.isString()) {
                return new URI(from.stringValue());
            }
        } catch (JacksonException | URISyntaxException e) {
            // Refused below, with what was expected.
        }
        throw PodRefusal.badRequest("expected {\"" + name + "\": \"<URL>\"}");
    }
}
