package io.percolate.gateway.proxy.engine;

/** What the pods of a tier speak; in configuration by its name in lower case. */
public enum PodWire {
    /** HTTP/1.1 in the clear. */
    HTTP1,
    /** HTTP/2 in the clear, by prior knowledge (RFC 9113, section 3.3). */
    H2C,
    /** HTTP/2 over TLS, agreed on by ALPN. */
    H2,
    /** HTTP/1.1 over TLS. */
    HTTPS1;

    /** Whether a connection carries many requests at once. */
    public boolean isMultiplexed() {
        return this == H2C || this == H2;
    }

    public boolean isEncrypted() {
        return this == H2 || this == HTTPS1;
    }
}
