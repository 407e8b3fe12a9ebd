package io.percolate.gateway.proxy.engine;

/** What has to happen next for an exchange to go on; it says how long that may take. */
enum Stall {
    /** A token, a route, a context or a wake; each wait has its own bound, as has each answer in a pod's place. */
    WAIT,
    CONNECT,
    CLIENT_NOT_READING,
    CLIENT_NOT_SENDING,
    POD_NOT_READING,
    POD_NOT_ANSWERING,
    POD_NOT_SENDING,
    CONTEXT_NOT_COMING;

    /** How long nothing may happen, in nanoseconds. */
    long limitNanos(EdgeLoop loop, long waitBoundNanos) {
        return switch (this) {
            case WAIT, CONTEXT_NOT_COMING -> waitBoundNanos;
            case CONNECT -> loop.upstream().pendingTimeout().toNanos();
            case CLIENT_NOT_READING -> loop.edge().writeIdleTimeout().toNanos();
            case CLIENT_NOT_SENDING -> loop.edge().bodyIdleTimeout().toNanos();
            case POD_NOT_ANSWERING -> loop.upstream().responseTimeout().toNanos();
            case POD_NOT_READING, POD_NOT_SENDING ->
                loop.upstream().idleTimeout().toNanos();
        };
    }
}
