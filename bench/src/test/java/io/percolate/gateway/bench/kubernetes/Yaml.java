package io.percolate.gateway.bench.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** YAML as JSON trees. A key that comes twice is an error. */
final class Yaml {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final LoadSettings STRICT =
            LoadSettings.builder().setAllowDuplicateKeys(false).build();

    private Yaml() {}

    /** The documents of a file that are not empty. */
    static List<JsonNode> documents(Path file) {
        return documents(text(file));
    }

    static List<JsonNode> documents(String yaml) {
        List<JsonNode> documents = new ArrayList<>();
        for (Object document : new Load(STRICT).loadAllFromString(yaml)) {
            if (document != null) {
                documents.add(JSON.valueToTree(document));
            }
        }
        return documents;
    }

    /** The one document of a file. */
    static ObjectNode object(Path file) {
        List<JsonNode> documents = documents(file);
        if (documents.size() != 1) {
            throw new AssertionError("expected one document in " + file + ", got " + documents.size());
        }
        return documents.getFirst().asObject();
    }

    static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
