package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The one version, suite and group of TLS in which all peers are spoken to. */
final class TlsChoice {
    static final String VERSION = "TLSv1.3";
    static final String SUITE = "TLS_AES_128_GCM_SHA256";
    static final String GROUP = "X25519";

    private TlsChoice() {}

    /** What makes a client that uses OpenSSL offer nothing else, as a file for {@code OPENSSL_CONF}. */
    static Path writeOpensslConfig(Path folder) {
        Path file = folder.resolve("openssl.cnf");
        try {
            Files.writeString(file, """
                    openssl_conf = all
                    [all]
                    ssl_conf = ssl
                    [ssl]
                    system_default = client
                    [client]
                    MinProtocol = %s
                    Ciphersuites = %s
                    Groups = %s
                    """.formatted(VERSION, SUITE, GROUP));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return file;
    }
}
