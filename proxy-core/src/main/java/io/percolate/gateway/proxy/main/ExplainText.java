package io.percolate.gateway.proxy.main;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** An explanation as lines for a terminal: each member with its name, those within indented. */
final class ExplainText {
    private static final int NAME_WIDTH = 24;

    private final StringBuilder text = new StringBuilder();

    String of(JsonNode view) {
        members(view, 0);
        return text.toString();
    }

    private void members(JsonNode view, int depth) {
        for (Map.Entry<String, JsonNode> member : view.properties()) {
            JsonNode value = member.getValue();
            if (value.isNull()) {
                continue;
            }
            text.append("  ".repeat(depth));
            if (value.isObject()) {
                text.append(printable(member.getKey())).append('\n');
                members(value, depth + 1);
            } else {
                text.append(String.format("%-" + (NAME_WIDTH - 2 * depth) + "s ", printable(member.getKey())))
                        .append(printable(value.isString() ? value.stringValue() : value.toString()))
                        .append('\n');
            }
        }
    }

    /** Claims are whatever an issuer, or a forger, wrote: nothing of them moves the cursor. */
    private static String printable(String value) {
        return value.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
