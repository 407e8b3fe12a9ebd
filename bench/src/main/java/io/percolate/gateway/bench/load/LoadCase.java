package io.percolate.gateway.bench.load;

import java.util.Optional;

/** What is measured, each case with the question that it answers. */
enum LoadCase {
    GET_64("get-64", "How many small answers a second, and at what cost?", "GET", "/static/200", 64, 0),
    GET_1000("get-1000", "The same with 1,000 connections", "GET", "/static/200", 1_000, 0),
    GET_16K("get-16k", "What does a middling answer cost?", "GET", "/static/16384", 64, 0),
    GET_1M("get-1m", "What does a large answer cost?", "GET", "/static/1048576", 32, 0),
    POST_64K("post-64k", "What does an upload cost?", "POST", "/static/200", 64, 65_536),
    COLD_RS256("cold-rs256", "Each request with an RS256 token never seen before", "GET", "/static/200", 64, 0),
    COLD_ES256("cold-es256", "Each request with an ES256 token never seen before", "GET", "/static/200", 64, 0),
    RATE("rate", "What latency is added at a fixed rate of 8,000 requests/s?", "GET", "/static/200", 64, 0),
    IDLE("idle", "What do 10,000 idle keep-alive connections hold?", "GET", "/static/200", 10_000, 0),
    START("start", "How long from start to the first answer?", "GET", "/static/200", 1, 0);

    /** Requests per second of {@link #RATE}. */
    static final int RATE_PER_SECOND = 8_000;

    private final String label;
    private final String question;
    private final String method;
    private final String target;
    private final int connections;
    private final int bodyBytes;

    LoadCase(String label, String question, String method, String target, int connections, int bodyBytes) {
        this.label = label;
        this.question = question;
        this.method = method;
        this.target = target;
        this.connections = connections;
        this.bodyBytes = bodyBytes;
    }

    static Optional<LoadCase> of(String label) {
        for (LoadCase one : values()) {
            if (one.label.equals(label)) {
                return Optional.of(one);
            }
        }
        return Optional.empty();
    }

    String label() {
        return label;
    }

    String question() {
        return question;
    }

    String method() {
        return method;
    }

    String target() {
        return target;
    }

    int connections() {
        return connections;
    }

    int bodyBytes() {
        return bodyBytes;
    }

    /** Which tokens its requests carry. */
    TokenSet tokens() {
        return switch (this) {
            case COLD_RS256 -> TokenSet.COLD_RS256;
            case COLD_ES256 -> TokenSet.COLD_ES256;
            case GET_64, GET_1000, GET_16K, GET_1M, POST_64K, RATE, IDLE, START -> TokenSet.WARM;
        };
    }

    /** Whether a closed loop of requests measures it; the others have ways of their own. */
    boolean isClosedLoop() {
        return switch (this) {
            case GET_64, GET_1000, GET_16K, GET_1M, POST_64K, COLD_RS256, COLD_ES256 -> true;
            case RATE, IDLE, START -> false;
        };
    }
}
