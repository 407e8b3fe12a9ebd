package io.percolate.gateway.proxy.generate;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the server-sent events of a chat completion and writes what the model says, as text or as events of our own.
 *
 * <p>Source: OpenAI's API reference, "chat completion chunk"; WHATWG HTML, section 9.2 (the event stream format).
 */
final class ChatStream {
    private static final int LINE_BYTES_MAX = 256 << 10;
    private static final String DONE = "[DONE]";

    private final boolean asEvents;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean done;

    ChatStream(boolean asEvents) {
        this.asEvents = asEvents;
    }

    String contentType() {
        return asEvents ? "text/event-stream" : "text/plain; charset=utf-8";
    }

    /** What the bytes bring, in their order; throws {@link IllegalStateException} where they are no such events. */
    List<ByteBuffer> read(byte[] bytes) {
        List<ByteBuffer> said = new ArrayList<>(1);
        for (byte b : bytes) {
            if (b == '\n' || b == '\r') {
                event(line.toString(StandardCharsets.UTF_8), said);
                line.reset();
            } else if (line.size() >= LINE_BYTES_MAX) {
                throw new IllegalStateException("a line of more than " + LINE_BYTES_MAX + " bytes");
            } else {
                line.write(b);
            }
        }
        return said;
    }

    /** What is still to be written once the service has ended its answer. */
    List<ByteBuffer> end() {
        List<ByteBuffer> said = new ArrayList<>(2);
        event(line.toString(StandardCharsets.UTF_8), said);
        if (!done) {
            throw new IllegalStateException("the generator's answer ended without " + DONE);
        }
        if (asEvents) {
            said.add(StandardCharsets.UTF_8.encode("data: " + DONE + "\n\n"));
        }
        return said;
    }

    private void event(String text, List<ByteBuffer> said) {
        if (!text.startsWith("data:") || done) {
            return;
        }
        String data = text.substring("data:".length()).strip();
        if (data.equals(DONE)) {
            done = true;
            return;
        }
        String words = words(data);
        if (!words.isEmpty()) {
            said.add(StandardCharsets.UTF_8.encode(asEvents ? "data: " + quoted(words) + "\n\n" : words));
        }
    }

    private static String words(String data) {
        try {
            JsonNode chunk = JsonMapper.shared().readTree(data);
            if (chunk.has("error")) {
                throw new IllegalStateException("the generator says: "
                        + chunk.get("error").path("message").asString("an error without a message"));
            }
            return chunk.path("choices").path(0).path("delta").path("content").asString("");
        } catch (JacksonException invalid) {
            throw new IllegalStateException("an event that is no JSON", invalid);
        }
    }

    private static String quoted(String words) {
        return JsonMapper.shared().createObjectNode().put("text", words).toString();
    }
}
