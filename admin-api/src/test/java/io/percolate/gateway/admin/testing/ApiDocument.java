package io.percolate.gateway.admin.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document, as a yardstick for answers. */
public final class ApiDocument {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    private final JsonNode root;
    private final SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    /** By the node itself, of which the document has few: compiling takes longer than most of the calls that are checked. */
    private final IdentityHashMap<JsonNode, Schema> compiled = new IdentityHashMap<>();

    private ApiDocument(JsonNode root) {
        this.root = root;
    }

    public static ApiDocument read() {
        try (var stream = ApiDocument.class.getResourceAsStream("/openapi.yaml")) {
            assertThat(stream).isNotNull();
            return parse(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    static ApiDocument parse(String yaml) {
        Object tree =
                new Load(LoadSettings.builder().setAllowDuplicateKeys(false).build()).loadFromString(yaml);
        return new ApiDocument(JSON.valueToTree(tree));
    }

    public JsonNode root() {
        return root;
    }

    /** Each operation as {@code GET /v1/tenants/{id}}. */
    public Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        for (String path : root.get("paths").propertyNames()) {
            for (String method : root.get("paths").get(path).propertyNames()) {
                if (METHODS.contains(method)) {
                    operations.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path);
                }
            }
        }
        return operations;
    }

    /** The operation that answers this request; null when there is none. */
    @Nullable
    String operation(String method, String path) {
        String wanted = method.equals("HEAD") ? "GET" : method;
        return operations().stream()
                .filter(operation -> {
                    String[] parts = operation.split(" ");
                    return parts[0].equals(wanted) && path.matches(parts[1].replaceAll("\\{[^}]+}", "[^/]+"));
                })
                .findFirst()
                .orElse(null);
    }

    /** Fails unless the document says that this operation may answer so. */
    void check(String operation, Answer answer) {
        String[] parts = operation.split(" ");
        JsonNode responses = root.get("paths")
                .get(parts[1])
                .get(parts[0].toLowerCase(java.util.Locale.ROOT))
                .get("responses");
        JsonNode response = resolved(responses.path(Integer.toString(answer.status())));
        assertThat(response.isMissingNode())
                .as("%s documents status %d (answer: %s)", operation, answer.status(), answer.text())
                .isFalse();
        if (answer.text().isEmpty()) {
            return;
        }
        String mediaType = answer.mediaType();
        JsonNode content = response.path("content").path(mediaType);
        assertThat(content.isMissingNode())
                .as("%s documents %s for status %d", operation, mediaType, answer.status())
                .isFalse();
        if (mediaType.endsWith("json")) {
            assertThat(problems(content.get("schema"), answer.json()))
                    .as("%s %d: %s", operation, answer.status(), answer.text())
                    .isEmpty();
        }
    }

    /** What is wrong with a value by this schema of the document. */
    public java.util.List<String> problems(JsonNode schema, JsonNode value) {
        Schema compiled;
        synchronized (this.compiled) {
            compiled = this.compiled.computeIfAbsent(schema, this::compile);
        }
        return compiled
                .validate(value, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Object::toString)
                .toList();
    }

    private Schema compile(JsonNode schema) {
        ObjectNode whole = schema.deepCopy().asObject();
        whole.set("components", root.get("components"));
        return schemas.getSchema(whole);
    }

    private JsonNode resolved(JsonNode node) {
        if (!node.has("$ref")) {
            return node;
        }
        return root.at(node.get("$ref").stringValue().substring(1));
    }
}
