package io.percolate.gateway.proxy.generate.words;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the model says in the server-sent events of a chat completion.
 *
 * <p>Source: OpenAI's API reference, "chat completion chunk"; WHATWG HTML, section 9.2 (the event stream format).
 */
public final class ChatWords implements Words {
    private static final String DONE = "[DONE]";

    private final Lines lines = new Lines();
    private boolean done;

    @Override
    public List<String> read(byte[] bytes) {
        List<String> said = new ArrayList<>(1);
        lines.read(bytes, line -> event(line, said));
        return said;
    }

    @Override
    public List<String> end() {
        List<String> said = new ArrayList<>(1);
        event(lines.rest(), said);
        if (!done) {
            throw new IllegalStateException("the generator's answer ended without " + DONE);
        }
        return said;
    }

    private void event(String text, List<String> said) {
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
            said.add(words);
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
}
