package io.percolate.gateway.routing.invalidation;

import io.percolate.gateway.routing.postgres.Statements;
import reactor.core.publisher.Mono;

/** One who acts on the messages of one channel. Called by {@link RoutingNews}, never by two threads at once. */
public interface NewsFollower {
    /** A plain lower-case name. */
    String channel();

    /** A message. Runs on the connection's event loop: neither blocks nor throws. */
    void received(String payload);

    /**
     * Makes up for what was missed; messages of the new connection may arrive meanwhile. An error drops the connection,
     * and it is all tried again.
     *
     * @param statements on the listening connection
     */
    Mono<Void> catchUp(Statements statements, Gap gap);

    /** From now on nothing is missed. */
    default void connected() {}

    /**
     * Messages may be missed from now on.
     *
     * @param lastHeardNanos {@code System.nanoTime} of the last sign of life
     */
    default void lost(long lastHeardNanos) {}
}
