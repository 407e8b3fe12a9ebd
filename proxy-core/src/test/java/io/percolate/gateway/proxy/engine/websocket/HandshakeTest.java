package io.percolate.gateway.proxy.engine.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The one vector of RFC 6455 for what proves a handshake. */
class HandshakeTest {
    @Test
    void theAnswerToAKeyIsThatOfTheRfc() {
        assertThat(Handshake.accept("dGhlIHNhbXBsZSBub25jZQ==")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
