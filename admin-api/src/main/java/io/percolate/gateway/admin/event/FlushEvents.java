package io.percolate.gateway.admin.event;

import io.percolate.gateway.routing.invalidation.Gap;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.postgres.Statements;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Tells the feed of ordered flushes: {@code caches.flushed}. */
public final class FlushEvents implements NewsFollower {
    private static final int PARTS = 4;

    private final ChangeFeed feed;

    public FlushEvents(ChangeFeed feed) {
        this.feed = feed;
    }

    record CachesFlushed(long flush, String scope, @Nullable String subject, List<String> caches) {}

    @Override
    public String channel() {
        return "percolate_flushes";
    }

    /** {@code <id> <scope> <subject or -> <cache,...>}. */
    @Override
    public void received(String payload) {
        String[] parts = payload.split(" ", -1);
        if (parts.length != PARTS) {
            throw new IllegalArgumentException("expected '<id> <scope> <subject> <caches>'");
        }
        feed.publish(
                "caches.flushed",
                new CachesFlushed(
                        Long.parseLong(parts[0]),
                        parts[1],
                        parts[2].equals("-") ? null : parts[2],
                        List.of(parts[3].split(","))));
    }

    /** A stream is about what happens, not about what has happened. */
    @Override
    public Mono<Void> catchUp(Statements statements, Gap gap) {
        return Mono.empty();
    }
}
