package io.percolate.gateway.admin.event;

import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.routing.invalidation.Gap;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.postgres.Statements;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells the feed of migrations, their jobs and the pods, {@code migration.changed}, {@code migration.job} and
 * {@code pod.changed}, as the database's triggers put it: an object that names its event.
 */
public final class MoveEvents implements NewsFollower {
    private static final String EVENT = "event";

    private final ChangeFeed feed;

    public MoveEvents(ChangeFeed feed) {
        this.feed = feed;
    }

    @Override
    public String channel() {
        return "percolate_moves";
    }

    @Override
    public void received(String payload) {
        JsonNode told = Json.readText(payload);
        if (!(told instanceof ObjectNode object) || !object.path(EVENT).isString()) {
            throw new IllegalArgumentException("expected an object that names its event");
        }
        String event = object.path(EVENT).stringValue();
        object.remove(EVENT);
        feed.publish(event, object);
    }

    /** A stream is about what happens, not about what has happened. */
    @Override
    public Mono<Void> catchUp(Statements statements, Gap gap) {
        return Mono.empty();
    }
}
