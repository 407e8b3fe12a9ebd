package io.percolate.gateway.proxy.engine;

/** Whether HTTP/2 is spoken on a listener without TLS, by prior knowledge (RFC 9113, section 3.3). */
public enum CleartextHttp2 {
    /** HTTP/1.1 only. */
    OFF,
    /** With those who begin with its preface; HTTP/1.1 with all others. */
    OFFERED,
    /** With all: whatever is no preface is a connection error. */
    REQUIRED
}
