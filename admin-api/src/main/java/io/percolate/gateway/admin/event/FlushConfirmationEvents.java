package io.percolate.gateway.admin.event;

import io.percolate.gateway.routing.invalidation.Gap;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.postgres.Statements;
import reactor.core.publisher.Mono;

/**
 * Tells the feed of confirmed flushes, {@code flush.confirmed}, and passes everything on to who waits for them: a channel
 * has one follower.
 */
public final class FlushConfirmationEvents implements NewsFollower {
    private final ChangeFeed feed;
    private final NewsFollower waiting;

    public FlushConfirmationEvents(ChangeFeed feed, NewsFollower waiting) {
        this.feed = feed;
        this.waiting = waiting;
    }

    record FlushConfirmed(long flush, String gateway) {}

    @Override
    public String channel() {
        return waiting.channel();
    }

    /** {@code <flush>:<gateway>}. */
    @Override
    public void received(String payload) {
        waiting.received(payload);
        int colon = payload.indexOf(':');
        feed.publish(
                "flush.confirmed",
                new FlushConfirmed(Long.parseLong(payload, 0, colon, 10), payload.substring(colon + 1)));
    }

    @Override
    public Mono<Void> catchUp(Statements statements, Gap gap) {
        return waiting.catchUp(statements, gap);
    }

    @Override
    public void connected() {
        waiting.connected();
    }

    @Override
    public void lost(long lastHeardNanos) {
        waiting.lost(lastHeardNanos);
    }
}
