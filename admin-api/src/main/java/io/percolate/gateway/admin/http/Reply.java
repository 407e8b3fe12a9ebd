package io.percolate.gateway.admin.http;

import io.percolate.gateway.admin.http.Reply.Bytes;
import io.percolate.gateway.admin.http.Reply.Events;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import reactor.core.publisher.Flux;

/** What a handler answers. */
public sealed interface Reply permits Bytes, Events {
    int status();

    Map<String, String> headers();

    /** A whole body at once; empty for none. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; written once and let go.
    record Bytes(int status, Map<String, String> headers, byte[] body) implements Reply {}

    /** Server-sent events until the caller goes away or the stream ends; an error cuts the connection. */
    record Events(Flux<ServerSentEvent> stream) implements Reply {
        @Override
        public int status() {
            return 200;
        }

        @Override
        public Map<String, String> headers() {
            return Map.of("Content-Type", "text/event-stream", "Cache-Control", "no-store");
        }
    }

    static Reply json(int status, Object body) {
        return json(status, body, Map.of());
    }

    static Reply json(int status, Object body, Map<String, String> headers) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("Content-Type", "application/json");
        all.put("Cache-Control", "no-store");
        return new Bytes(status, all, Json.write(body));
    }

    static Reply text(int status, String contentType, String body) {
        return new Bytes(status, Map.of("Content-Type", contentType), body.getBytes(StandardCharsets.UTF_8));
    }

    static Reply noContent() {
        return new Bytes(204, Map.of(), new byte[0]);
    }
}
