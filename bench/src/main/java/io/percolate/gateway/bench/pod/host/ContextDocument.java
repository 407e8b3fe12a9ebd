package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.TenantData;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** What a tenant is answered from while it is cold: its last messages, and how much more there is. */
final class ContextDocument {
    static final String CONTENT_TYPE = "application/json";
    private static final int MESSAGES_MAX = 50;

    private ContextDocument() {}

    static byte[] of(TenantId tenant, long epoch, TenantData data, Instant now) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("tenant", tenant.toString());
        document.put("epoch", epoch);
        document.put("written_at", now.toString());
        document.put("keys", data.keyCount());
        document.put(
                "recent_messages",
                data.newestMessages(MESSAGES_MAX).stream()
                        .map(ContextDocument::json)
                        .toList());
        return JsonMapper.shared().writeValueAsBytes(document);
    }

    private static Map<String, Object> json(TenantData.Message message) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", message.id());
        json.put("at", message.at().toString());
        json.put("text", message.text());
        return json;
    }
}
