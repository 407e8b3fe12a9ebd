package io.percolate.gateway.proxy.engine.tls;

import io.netty.handler.ssl.ClientAuth;

/** Whether clients of a listener have to show who they are by a certificate. */
public enum ClientCertificates {
    NONE(ClientAuth.NONE),
    /** Asked for; one that is shown must hold. */
    OPTIONAL(ClientAuth.OPTIONAL),
    REQUIRED(ClientAuth.REQUIRE);

    private final ClientAuth netty;

    ClientCertificates(ClientAuth netty) {
        this.netty = netty;
    }

    ClientAuth netty() {
        return netty;
    }
}
