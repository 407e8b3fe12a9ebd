package io.percolate.gateway.admin.event;

import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Query;
import io.percolate.gateway.admin.http.Reply;
import reactor.core.publisher.Mono;

/** {@code /v1/events}: server-sent events of what changes. */
public final class EventResource {
    private final ChangeFeed feed;

    public EventResource(ChangeFeed feed) {
        this.feed = feed;
    }

    /** All that happens, or what {@code types}, {@code tenant} and {@code migration} leave of it. */
    public Mono<Reply> stream(Call call) {
        Query query = call.query();
        EventFilter filter = EventFilter.read(query);
        query.finish();
        feed.checkRoom();
        return Mono.just(new Reply.Events(feed.subscribe().filter(filter)));
    }
}
