package io.percolate.gateway.proxy.engine.websocket;

import org.jspecify.annotations.Nullable;

/** The kinds of frames there are (RFC 6455, section 11.8). */
enum Opcode {
    CONTINUATION(0x0),
    TEXT(0x1),
    BINARY(0x2),
    CLOSE(0x8),
    PING(0x9),
    PONG(0xa);

    private static final Opcode[] ALL = values();

    private final int number;

    Opcode(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    boolean isControl() {
        return number >= 0x8;
    }

    /** Null for those that are reserved. */
    static @Nullable Opcode of(int number) {
        for (Opcode opcode : ALL) {
            if (opcode.number == number) {
                return opcode;
            }
        }
        return null;
    }
}
