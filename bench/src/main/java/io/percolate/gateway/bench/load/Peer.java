package io.percolate.gateway.bench.load;

import java.util.Optional;

/** A proxy that does the job, or a part of it, between load and origin. */
interface Peer {
    /** As in {@code --peers} and in the report. */
    String name();

    /** What of the job it does, for the report. */
    String job();

    /** Why it cannot take part here; empty when it can. */
    Optional<String> missing();

    /** Starts it on the cores, listening at the ports; returns before it answers. */
    PinnedProcess start(Cores cores, PeerPorts ports);

    /** Whether it runs on a Java VM, which has to warm up. */
    default boolean isJava() {
        return false;
    }

    /** Makes it forget the tokens that it has seen, so that they are new again. */
    default void forgetTokens() {}

    /** Whether it can take a given case. */
    default boolean takes(LoadCase load) {
        return true;
    }
}
