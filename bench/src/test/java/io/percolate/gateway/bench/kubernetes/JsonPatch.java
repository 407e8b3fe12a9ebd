package io.percolate.gateway.bench.kubernetes;

import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An operation of RFC 6902: {@code add} and {@code replace}, which fail where there is nothing to do them to. */
final class JsonPatch {
    private JsonPatch() {}

    static void apply(ObjectNode object, JsonNode operation) {
        String text = operation.get("path").stringValue();
        JsonPointer path = JsonPointer.compile(text);
        JsonNode parent = object.at(path.head());
        String last = path.last().getMatchingProperty();
        JsonNode value = operation.get("value");
        switch (operation.get("op").stringValue()) {
            case "replace" -> {
                if (object.at(path).isMissingNode()) {
                    throw new AssertionError("there is no " + text + " to replace");
                }
                set(parent, last, value);
            }
            case "add" -> {
                if (parent instanceof ArrayNode array) {
                    if (!last.equals("-")) {
                        throw new AssertionError("only the end of a list is added to: " + text);
                    }
                    array.add(value);
                } else {
                    set(parent, last, value);
                }
            }
            default -> throw new AssertionError("not read by the tests: " + operation);
        }
    }

    private static void set(JsonNode parent, String last, JsonNode value) {
        switch (parent) {
            case ObjectNode object -> object.set(last, value);
            case ArrayNode array -> array.set(Integer.parseInt(last), value);
            default -> throw new AssertionError("nothing holds " + last);
        }
    }
}
