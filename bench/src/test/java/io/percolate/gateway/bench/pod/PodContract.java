package io.percolate.gateway.bench.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The document of the contract, as a judge of answers: knows as much of JSON Schema as that document uses. */
final class PodContract {
    private static final Path DOCUMENT = Path.of("../docs/pod-contract.yaml");

    private final Map<?, ?> root;

    private PodContract(Map<?, ?> root) {
        this.root = root;
    }

    static PodContract read() throws IOException {
        try (var text = Files.newInputStream(DOCUMENT)) {
            return new PodContract((Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromInputStream(text));
        }
    }

    /** Fails unless an answer like this one is documented for the call. */
    void check(String path, HttpResponse<byte[]> response) {
        String call = response.request().method() + " " + path + " -> " + response.statusCode();
        Map<?, ?> operation =
                map(map(map(root, "paths"), path), response.request().method().toLowerCase(java.util.Locale.ROOT));
        Map<?, ?> answers = map(operation, "responses");
        assertThat(answers.containsKey(Integer.toString(response.statusCode())))
                .as("%s is documented", call)
                .isTrue();
        Map<?, ?> content = map(resolved(map(answers, Integer.toString(response.statusCode()))), "content");
        String type = response.headers().firstValue("Content-Type").orElse("");
        assertThat(content.containsKey(type))
                .as("%s as '%s' is documented", call, type)
                .isTrue();
        if (type.endsWith("json")) {
            checkValue(
                    call, map(map(content, type), "schema"), JsonMapper.shared().readTree(response.body()));
        }
    }

    private void checkValue(String at, Map<?, ?> unresolved, JsonNode value) {
        Map<?, ?> schema = resolved(unresolved);
        Object type = schema.get("type");
        List<?> types = type instanceof List<?> several ? several : List.of(String.valueOf(type));
        assertThat(types.stream().anyMatch(name -> isOf(String.valueOf(name), value)))
                .as("%s: %s is of type %s", at, value, types)
                .isTrue();
        if (schema.get("enum") instanceof List<?> choices) {
            assertThat(choices.contains(value.stringValue()))
                    .as("%s: %s is one of %s", at, value, choices)
                    .isTrue();
        }
        if (value.isArray()) {
            value.forEach(item -> checkValue(at + "[]", map(schema, "items"), item));
        }
        if (value.isObject()) {
            if (schema.get("required") instanceof List<?> required) {
                required.forEach(name -> assertThat(value.has(String.valueOf(name)))
                        .as("%s has %s", at, name)
                        .isTrue());
            }
            Map<?, ?> properties = map(schema, "properties");
            value.propertyNames().forEach(name -> {
                if (properties.containsKey(name)) {
                    checkValue(at + "." + name, map(properties, name), value.path(name));
                } else {
                    assertThat(schema.get("additionalProperties"))
                            .as("%s.%s is documented", at, name)
                            .isNotEqualTo(false);
                }
            });
        }
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new IllegalArgumentException("the judge does not know the type " + type);
        };
    }

    private Map<?, ?> resolved(Map<?, ?> node) {
        if (!(node.get("$ref") instanceof String reference)) {
            return node;
        }
        Map<?, ?> target = root;
        for (String part : reference.substring(2).split("/")) {
            target = map(target, part);
        }
        return target;
    }

    private static Map<?, ?> map(Map<?, ?> parent, String key) {
        @Nullable Object child = parent.get(key);
        assertThat(child).as("'%s' in the document of the contract", key).isInstanceOf(Map.class);
        return (Map<?, ?>) java.util.Objects.requireNonNull(child);
    }
}
