package io.percolate.gateway.proxy.ops;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What shall be explained: {@code {"token": "...", "method": "GET", "path": "/", "content_type": "text/plain"}}, all but
 * the first optional.
 *
 * <p>Its string form leaves the token out.
 */
record ExplainRequest(
        String token, String method, String path, @Nullable String contentType) {
    private static final Set<String> FIELDS = Set.of("token", "method", "path", "content_type");
    private static final Set<String> PARAMETERS = Set.of("method", "path", "content_type");
    private static final String EXPECTED =
            "expected a JSON object with \"token\" and optional \"method\", \"path\" and \"content_type\"";

    /** Reads a body; throws {@link OpsRefusal} with 400 that says what was expected, and never repeats a token. */
    static ExplainRequest parse(byte[] body) {
        JsonNode root;
        try {
            root = OpsAnswer.JSON.readTree(body);
        } catch (JacksonException invalid) {
            throw new OpsRefusal(400, EXPECTED + ", got no valid JSON");
        }
        if (root == null || !root.isObject() || !FIELDS.containsAll(root.propertyNames())) {
            throw new OpsRefusal(400, EXPECTED);
        }
        String path = text(root.get("path"), "/");
        if (!path.startsWith("/")) {
            throw new OpsRefusal(400, "\"path\": expected a path that begins with a slash");
        }
        return new ExplainRequest(
                bare(text(root.get("token"), "")),
                text(root.get("method"), "GET").toUpperCase(Locale.ROOT),
                path,
                type(text(root.get("content_type"), "")));
    }

    /** Of a tenant whose token is not at hand, from a query's parameters; null where there are none. */
    static @Nullable ExplainRequest ofTenant(Map<String, String> parameters) {
        if (!PARAMETERS.containsAll(parameters.keySet())) {
            throw new OpsRefusal(400, "expected the parameters method, path and content_type, each once, at most");
        }
        String path = parameters.getOrDefault("path", "/");
        if (!path.startsWith("/")) {
            throw new OpsRefusal(400, "path: expected a path that begins with a slash");
        }
        return parameters.isEmpty()
                ? null
                : new ExplainRequest(
                        "",
                        parameters.getOrDefault("method", "GET").toUpperCase(Locale.ROOT),
                        path,
                        type(parameters.getOrDefault("content_type", "")));
    }

    private static @Nullable String type(String text) {
        return text.isBlank() ? null : text;
    }

    private static String text(@Nullable JsonNode value, String otherwise) {
        if (value == null) {
            return otherwise;
        }
        if (!value.isString()) {
            throw new OpsRefusal(400, EXPECTED);
        }
        return value.stringValue();
    }

    /** People copy the scheme along. */
    private static String bare(String token) {
        String stripped = token.strip();
        String bare = stripped.regionMatches(true, 0, "Bearer ", 0, 7)
                ? stripped.substring(7).strip()
                : stripped;
        if (bare.isEmpty()) {
            throw new OpsRefusal(400, EXPECTED + ", got no token");
        }
        return bare;
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
