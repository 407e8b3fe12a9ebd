package io.percolate.gateway.admin.webhook;

import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.routing.postgres.Statements;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Notes what is to be told, in the transaction of what it tells of: no change without its message, and none without. */
public final class Outbox {
    private final boolean on;

    private Outbox(boolean on) {
        this.on = on;
    }

    /** Nothing is noted where no webhook is configured. */
    public static Outbox of(WebhookConfig config) {
        return new Outbox(config.url().isPresent());
    }

    /** @param event {@code subject.verb} */
    public Mono<Void> append(Statements transaction, String event, ObjectNode data) {
        return on
                ? transaction
                        .update(
                                "INSERT INTO webhook_deliveries (event, payload) VALUES ($1, $2::jsonb)",
                                event,
                                Json.writeText(data))
                        .then()
                : Mono.empty();
    }
}
