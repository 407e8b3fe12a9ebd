package io.percolate.gateway.bench.load;

import java.util.List;
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
    START("start", "How long from start to the first answer?", "GET", "/static/200", 1, 0),
    LOOPS("loops", "What does a second event loop cost each request?", "GET", "/static/200", 64, 0),
    TLS_GET_64("tls-get-64", "How many small answers a second over TLS?", "GET", "/static/200", 64, 0),
    TLS_GET_16K("tls-get-16k", "What does a middling answer cost over TLS?", "GET", "/static/16384", 64, 0),
    TLS_HANDSHAKES(
            "tls-handshakes", "What does a new TLS connection with one request cost?", "GET", "/static/200", 64, 0),
    H2_GET_64("h2-get-64", "How many small answers a second over HTTP/2, ten at once?", "GET", "/static/200", 64, 0);

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

    /** Bytes of the body of a right answer. */
    long answerBytes() {
        return Long.parseLong(target.substring(target.lastIndexOf('/') + 1));
    }

    /** Which tokens its requests carry. */
    TokenSet tokens() {
        return switch (this) {
            case COLD_RS256 -> TokenSet.COLD_RS256;
            case COLD_ES256 -> TokenSet.COLD_ES256;
            case GET_64, GET_1000, GET_16K, GET_1M, POST_64K, RATE, IDLE, START, LOOPS -> TokenSet.WARM;
            case TLS_GET_64, TLS_GET_16K, TLS_HANDSHAKES, H2_GET_64 -> TokenSet.WARM;
        };
    }

    /** Whether clients speak TLS. */
    boolean isSecure() {
        return switch (this) {
            case TLS_GET_64, TLS_GET_16K, TLS_HANDSHAKES, H2_GET_64 -> true;
            case GET_64, GET_1000, GET_16K, GET_1M, POST_64K, COLD_RS256, COLD_ES256, RATE, IDLE, START, LOOPS -> false;
        };
    }

    /** Requests at once on one connection; more than one where clients speak HTTP/2. */
    int streams() {
        return this == H2_GET_64 ? 10 : 1;
    }

    boolean isCold() {
        return tokens() != TokenSet.WARM;
    }

    /** Whose figures it asks for, unless told otherwise: those that a target names, and who puts them in proportion. */
    List<String> peers() {
        return switch (this) {
            case GET_64 -> List.of("haproxy", "haproxy-plain", "nginx", "scg");
            case GET_1000, GET_16K, GET_1M, POST_64K -> List.of("haproxy", "nginx");
            case COLD_RS256 -> List.of("haproxy", "scg");
            case COLD_ES256 -> List.of("haproxy");
            case RATE -> List.of("haproxy", "haproxy-plain", "nginx", "direct");
            case IDLE, START -> List.of("haproxy", "nginx", "scg");
            case LOOPS -> List.of();
            case TLS_GET_64, TLS_GET_16K, TLS_HANDSHAKES, H2_GET_64 -> List.of("haproxy", "haproxy-plain", "nginx");
        };
    }

    /** How its figures come about. */
    enum Way {
        /** As many requests as are answered. */
        CLOSED_LOOP,
        /** As many connections as are made and answered once. */
        HANDSHAKES,
        /** Requests at their times, answered or not. */
        OPEN_LOOP,
        /** One figure of a process started for it. */
        SINGLE,
        /** Processes of the gateway against each other. */
        LOOPS
    }

    /** Whether it is a peer's own pace that its requests go at. */
    boolean isClosedLoop() {
        return way() == Way.CLOSED_LOOP || way() == Way.HANDSHAKES;
    }

    Way way() {
        return switch (this) {
            case GET_64, GET_1000, GET_16K, GET_1M, POST_64K, COLD_RS256, COLD_ES256 -> Way.CLOSED_LOOP;
            case TLS_GET_64, TLS_GET_16K, H2_GET_64 -> Way.CLOSED_LOOP;
            case TLS_HANDSHAKES -> Way.HANDSHAKES;
            case RATE -> Way.OPEN_LOOP;
            case IDLE, START -> Way.SINGLE;
            case LOOPS -> Way.LOOPS;
        };
    }
}
