package io.percolate.gateway.admin.http;

import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * JSON as this API speaks it: snake_case names in the order of the record, RFC 3339 times; what comes in must be one
 * object without duplicate names and without anything after it.
 */
public final class Json {
    private static final int NESTING_MAX = 16;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(NESTING_MAX)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .addModule(new SimpleModule("labels").addSerializer(new LabelSerializer()))
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    private Json() {}

    public static byte[] write(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    public static String writeText(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** Parses text of a JSONB column. */
    public static JsonNode readText(String text) {
        return MAPPER.readTree(text);
    }

    public static ObjectNode objectOf(Object value) {
        return MAPPER.valueToTree(value);
    }

    public static ObjectNode newObject() {
        return MAPPER.createObjectNode();
    }

    /** Parses a caller's body; what is not one JSON object is a {@code BODY_MALFORMED} problem. */
    static ObjectNode readObject(byte[] body) {
        JsonNode node;
        try {
            node = MAPPER.readTree(body);
        } catch (JacksonException malformed) {
            var at = malformed.getLocation();
            String where = at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
            throw Problem.of(
                            ProblemKind.BODY_MALFORMED,
                            "expected one JSON object: " + malformed.getOriginalMessage() + where)
                    .toException();
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw Problem.of(ProblemKind.BODY_MALFORMED, "expected a JSON object, got " + nameOf(node))
                .toException();
    }

    private static String nameOf(JsonNode node) {
        return node.isMissingNode() ? "nothing" : node.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    private static final class LabelSerializer extends StdSerializer<Enum<?>> {
        LabelSerializer() {
            super(Enum.class);
        }

        @Override
        public void serialize(Enum<?> value, JsonGenerator generator, SerializationContext context) {
            generator.writeString(Label.of(value));
        }
    }
}
