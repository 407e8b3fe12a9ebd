package io.percolate.gateway.bench.restart;

/** What became of one request on one connection. */
sealed interface Outcome {
    /** It was answered. */
    record Answered(int status) implements Outcome {}

    /** The gateway has said that it has not begun with it, so that any client may send it elsewhere (RFC 9113, 8.7). */
    record NotBegun() implements Outcome {}

    /** Neither: a client cannot know whether it was served. */
    record Broken(String how) implements Outcome {}
}
