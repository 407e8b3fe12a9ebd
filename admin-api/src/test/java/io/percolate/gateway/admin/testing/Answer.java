package io.percolate.gateway.admin.testing;

import java.net.http.HttpHeaders;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the API answered. */
public record Answer(int status, HttpHeaders headers, String text) {
    public String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    String mediaType() {
        return header("Content-Type").split(";")[0];
    }

    public JsonNode json() {
        return JsonMapper.shared().readTree(text);
    }

    /** The last part of a problem's type. */
    public String problem() {
        return json().get("type").stringValue().replace("urn:percolate:problem:", "");
    }

    /** The names of the fields that a problem finds at fault. */
    public List<String> fieldsAtFault() {
        return json().path("errors")
                .valueStream()
                .map(error -> error.get("field").stringValue())
                .toList();
    }
}
