package io.percolate.gateway.routing.postgres;

/** One message of {@code NOTIFY}. */
public record Notification(String channel, String payload) {}
