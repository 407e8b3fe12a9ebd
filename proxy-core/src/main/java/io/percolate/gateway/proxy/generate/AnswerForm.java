package io.percolate.gateway.proxy.generate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** How a client is told what a generator says. */
public enum AnswerForm {
    TEXT("text/plain; charset=utf-8"),
    /** Server-sent events, as the client has asked for. */
    EVENTS("text/event-stream"),
    /** Messages of a gRPC server stream, and the status of its end. */
    MESSAGES("application/grpc");

    private final String contentType;

    AnswerForm(String contentType) {
        this.contentType = contentType;
    }

    String contentType() {
        return contentType;
    }

    /** Some words, which are not empty, as they go to the client. */
    ByteBuffer written(String words) {
        return switch (this) {
            case TEXT -> StandardCharsets.UTF_8.encode(words);
            case EVENTS ->
                event(JsonMapper.shared().createObjectNode().put("text", words).toString());
            case MESSAGES -> CallMessage.of(words);
        };
    }

    /** What follows the last of them. */
    List<ByteBuffer> writtenEnd() {
        return switch (this) {
            case TEXT, MESSAGES -> List.of();
            case EVENTS -> List.of(event("[DONE]"));
        };
    }

    /** The trailers of an answer that was said to its end. */
    Map<String, String> trailers() {
        return switch (this) {
            case TEXT, EVENTS -> Map.of();
            case MESSAGES -> Map.of("grpc-status", "0");
        };
    }

    private static ByteBuffer event(String data) {
        return StandardCharsets.UTF_8.encode("data: " + data + "\n\n");
    }
}
