package io.percolate.gateway.proxy.engine;

/** Whether connections of a listener begin with a PROXY header, which says whose they are. */
public enum ProxyProtocol {
    OFF,
    /** All do; who may not send one is not served. */
    REQUIRED,
    /** Those of who may send one do, others do not; nothing is guessed from what comes. */
    TRUSTED
}
