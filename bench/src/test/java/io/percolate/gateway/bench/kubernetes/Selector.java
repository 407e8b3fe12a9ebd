package io.percolate.gateway.bench.kubernetes;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Kubernetes' selectors of labels. */
final class Selector {
    private Selector() {}

    /** Of a LabelSelector; an empty one means everything. */
    static boolean matches(JsonNode selector, Map<String, String> labels) {
        return matchesAll(selector.path("matchLabels"), labels)
                && selector.path("matchExpressions").valueStream().allMatch(expression -> {
                    String value = labels.get(expression.get("key").stringValue());
                    boolean in = value != null
                            && expression
                                    .path("values")
                                    .valueStream()
                                    .anyMatch(one -> one.stringValue().equals(value));
                    return switch (expression.get("operator").stringValue()) {
                        case "In" -> in;
                        case "NotIn" -> !in;
                        case "Exists" -> value != null;
                        case "DoesNotExist" -> value == null;
                        default -> throw new AssertionError("no such operator: " + expression);
                    };
                });
    }

    /** Of a plain map, as Services have it. */
    static boolean matchesAll(JsonNode map, Map<String, String> labels) {
        return map.propertyStream()
                .allMatch(entry -> entry.getValue().stringValue().equals(labels.get(entry.getKey())));
    }
}
