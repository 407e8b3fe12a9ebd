package io.percolate.gateway.proxy.ops;

import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer of the ops listener.
 *
 * @param allow the methods that would have been right, for 405
 */
record OpsAnswer(
        int status,
        String contentType,
        String body,
        @Nullable String allow) {
    static final JsonMapper JSON = JsonMapper.shared();

    static OpsAnswer json(int status, ObjectNode body) {
        return new OpsAnswer(status, "application/json", text(body), null);
    }

    static OpsAnswer text(String contentType, String text) {
        return new OpsAnswer(200, contentType, text, null);
    }

    /** Problem details of RFC 9457. */
    static OpsAnswer problem(int status, String detail) {
        ObjectNode problem = object().put("type", "about:blank")
                .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                .put("status", status)
                .put("detail", detail);
        return new OpsAnswer(status, "application/problem+json", text(problem), null);
    }

    OpsAnswer allowing(String methods) {
        return new OpsAnswer(status, contentType, body, methods);
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static String text(ObjectNode body) {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(body) + "\n";
    }
}
