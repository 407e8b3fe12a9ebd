package io.percolate.gateway.routing.postgres;

import reactor.core.publisher.Flux;

/**
 * A connection of its own on which {@code LISTEN} is in force.
 *
 * @param notifications all that arrive from now on, on the connection's event loop: subscribe once, ask for all and do not
 *     dawdle; ends or errors with the connection
 * @param statements on the same connection
 */
public record Listening(Flux<Notification> notifications, Statements statements) {}
