package io.percolate.gateway.routing.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.netty.resources.LoopResources;

class PreferredTlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Protocol 3.0: length 8, code 80877103. */
    private static final long SSL_REQUEST = (8L << 32) | 80_877_103L;

    private final LoopResources loops = LoopResources.create("tls-offer", 1, true);

    @AfterEach
    void stop() {
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(PATIENCE);
    }

    @ParameterizedTest
    @CsvSource({"N, true", "S, false", "E, false"})
    void asksTheServerWhetherItSpeaksTls(String answer, boolean refused) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Long> asked = CompletableFuture.supplyAsync(() -> {
                try (Socket client = server.accept()) {
                    long request = new DataInputStream(client.getInputStream()).readLong();
                    client.getOutputStream().write(answer.charAt(0));
                    // The client closes once it knows.
                    assertThat(client.getInputStream().read()).isEqualTo(-1);
                    return request;
                } catch (IOException broken) {
                    throw new AssertionError(broken);
                }
            });

            assertThat(offerOf(server.getLocalPort()).isRefused().block(PATIENCE))
                    .isEqualTo(refused);
            assertThat(asked.orTimeout(15, TimeUnit.SECONDS).join()).isEqualTo(SSL_REQUEST);
        }
    }

    @Test
    void leavesItToTheDriverToTellThatNobodyAnswers() {
        assertThat(offerOf(1).isRefused().block(PATIENCE)).isFalse();
    }

    private TlsOffer offerOf(int port) {
        return new TlsOffer(new DatabaseHost("127.0.0.1", port), PATIENCE, loops);
    }
}
