package io.percolate.gateway.admin.http;

/** One element of an event stream (HTML Living Standard, 9.2). */
public sealed interface ServerSentEvent {
    /** An event with JSON data. */
    record Named(String event, Object data) implements ServerSentEvent {}

    /** A line that clients ignore, so that intermediaries and dead peers are noticed. */
    record Comment(String text) implements ServerSentEvent {}

    /** As sent: JSON has no line breaks of its own. */
    default String encode() {
        return switch (this) {
            case Named(String event, Object data) -> "event: " + event + "\ndata: " + Json.writeText(data) + "\n\n";
            case Comment(String text) -> ": " + text + "\n\n";
        };
    }
}
