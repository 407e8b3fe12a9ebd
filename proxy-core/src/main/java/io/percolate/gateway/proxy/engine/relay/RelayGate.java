package io.percolate.gateway.proxy.engine.relay;

/** Decides over each request. Called on event loops: it never blocks, and never throws. */
public interface RelayGate {
    RelayVerdict judge(RelayHead head);

    /** What a client is told when no answer can be had, or when its own request cannot be read. */
    RelayVerdict.Refuse failed(RelayFault fault);
}
