package io.percolate.gateway.proxy.engine.tls;

import java.util.List;

/** Versions and cipher suites: TLS 1.3, and of 1.2 what has forward secrecy and authenticated encryption (RFC 9325). */
public final class TlsSuites {
    /** In order of preference. */
    public static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /** The least version that is spoken. */
    public enum Least {
        TLS12,
        TLS13;

        /** All versions from this on, by their names. */
        public List<String> protocols() {
            return this == TLS12 ? List.of("TLSv1.3", "TLSv1.2") : List.of("TLSv1.3");
        }
    }

    private TlsSuites() {}
}
