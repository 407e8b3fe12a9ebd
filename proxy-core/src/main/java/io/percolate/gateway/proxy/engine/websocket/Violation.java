package io.percolate.gateway.proxy.engine.websocket;

/**
 * Why a connection must be failed because of what one side sent.
 *
 * @param code to close with (RFC 6455, section 7.4.1)
 * @param rule that was broken, in ASCII
 */
record Violation(int code, String rule) {
    static final int PROTOCOL = 1002;
    static final int NOT_TEXT = 1007;
    static final int TOO_LARGE = 1009;

    static Violation protocol(String rule) {
        return new Violation(PROTOCOL, rule);
    }

    static Violation tooLarge(String rule) {
        return new Violation(TOO_LARGE, rule);
    }
}
