package io.percolate.gateway.proxy.sidecar;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What control calls read of a request; what cannot be read is a {@link ControlRefusal}. */
final class ControlRequest {
    static final String EPOCH = "X-Placement-Epoch";
    private static final int BODY_BYTES_MAX = 64 * 1024;

    private ControlRequest() {}

    /** The epoch that the call comes under. */
    static long epoch(HttpServerRequest request) {
        String text = request.requestHeaders().get(EPOCH);
        if (text == null) {
            throw ControlRefusal.badRequest(EPOCH + " is missing");
        }
        try {
            long epoch = Long.parseLong(text);
            if (epoch > 0) {
                return epoch;
            }
        } catch (NumberFormatException e) {
            // Refused below, with what was expected.
        }
        throw ControlRefusal.badRequest(EPOCH + ": expected a number from 1, got '" + text + "'");
    }

    /** The whole of a small body. */
    static Mono<byte[]> body(HttpServerRequest request) {
        return request.receive()
                .asByteArray()
                .collect(ByteArrayOutputStream::new, (all, part) -> {
                    if (all.size() + part.length > BODY_BYTES_MAX) {
                        throw new ControlRefusal(413, "expected a body of at most " + BODY_BYTES_MAX + " bytes");
                    }
                    all.writeBytes(part);
                })
                .map(ByteArrayOutputStream::toByteArray);
    }

    /** Where the body of a load says that the data are. */
    static @Nullable URI restoreFrom(byte[] body) {
        if (body.length == 0) {
            return null;
        }
        try {
            JsonNode root = JsonMapper.shared().readTree(body);
            JsonNode from = root.path("restore_from");
            if (root.isObject() && (from.isMissingNode() || from.isNull())) {
                return null;
            }
            if (from.isString()) {
                return new URI(from.stringValue());
            }
        } catch (JacksonException | URISyntaxException e) {
            // Refused below, with what was expected.
        }
        throw ControlRefusal.badRequest("expected {\"restore_from\": \"<URL>\"} or nothing");
    }
}
