package io.percolate.gateway.proxy.overload;

import io.percolate.gateway.routing.tenant.Tier;

/** What a process that runs out of something does about it, each stage all that those before it do. */
public enum OverloadStage {
    CALM,
    /** Answers of HTTP/1.1 end their connections, so that clients spread over the other gateways. */
    CLOSING,
    /** New connections are closed at once. */
    REFUSING,
    SHEDDING_C,
    SHEDDING_B,
    /** Nothing is let in. */
    SHEDDING_A;

    /** Whether connections are not kept. */
    public boolean endsConnections() {
        return compareTo(CLOSING) >= 0;
    }

    /** Whether no more connections are taken. */
    public boolean refusesConnections() {
        return compareTo(REFUSING) >= 0;
    }

    /** Whether requests of this tier are not let in. */
    public boolean sheds(Tier tier) {
        return switch (tier) {
            case A -> compareTo(SHEDDING_A) >= 0;
            case B -> compareTo(SHEDDING_B) >= 0;
            case C -> compareTo(SHEDDING_C) >= 0;
        };
    }
}
