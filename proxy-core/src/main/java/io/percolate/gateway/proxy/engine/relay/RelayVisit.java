package io.percolate.gateway.proxy.engine.relay;

/** An exchange that is under way. */
@FunctionalInterface
public interface RelayVisit {
    /** The status that the client got; of an exchange that broke off before there was one. */
    int BROKEN_OFF = 0;

    /** Called once, on an event loop, when nothing of the exchange will reach the server any more. */
    void ended(int status);
}
