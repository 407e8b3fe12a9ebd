package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.tls.Certificates;
import io.percolate.gateway.proxy.engine.tls.HandshakeOutcome;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What comes to the TLS listener and is no handshake that anybody could want: closed, counted, and in nobody's way. */
class TlsAbuseTest {
    /** A record that holds a ClientHello, without its length. */
    private static final String HELLO = "160301";

    @TempDir
    private Path folder;

    private TestEdge edge;
    private RecordingPod pod;

    @BeforeEach
    void start() throws Exception {
        Path keys = Certificates.write(folder, Certificates.named("tenant.example"));
        pod = new RecordingPod();
        edge = new TestEdge(
                "GATEWAY_EDGE_TLS_PORT", "0",
                "GATEWAY_EDGE_TLS_CERTIFICATES", keys.toString(),
                "GATEWAY_EDGE_HANDSHAKE_TIMEOUT", "500ms");
        edge.routes.put(TestEdge.hot(pod.address(), 1));
    }

    @AfterEach
    void othersAreServed() throws Exception {
        try (RawClient client =
                new RawClient(TlsClients.connect(TlsClients.context(null), edge.address(1), "tenant.example"))) {
            assertThat(client.send(get("/after")).read().status()).isEqualTo(200);
        }
        assertThat(edge.timelines).hasSize(1);
        await().until(() -> edge.server.activeConnections() == 0);
        edge.close();
        pod.close();
    }

    @ParameterizedTest
    @CsvSource({
        // plain HTTP
        "474554202f20485454502f312e310d0a486f73743a20610d0a0d0a, NOT_TLS",
        // anything
        "00000000000000000000000000000000, NOT_TLS",
        "ffffffffffffffffffffffffffffffff, NOT_TLS",
        // SSL 2.0's ClientHello
        "802e0100020015000000100100800200800300800400800500800600400700c0, NOT_TLS",
        // records of other kinds: an alert, a change of ciphers, data
        "15030100020228, REFUSED_BY_CLIENT",
        "140301000101, NOT_AGREED",
        "1703030010000102030405060708090a0b0c0d0e0f, NOT_AGREED",
        // a handshake that does not begin with a ClientHello
        "16030100050200000100, NOT_AGREED",
        // an empty handshake record
        "1603010000, NOT_TLS",
        // a ClientHello without contents
        "160301000401000000, NOT_AGREED",
        // a ClientHello that says it has 16 MiB
        "160301000601ffffff0303, CLIENT_HELLO_TOO_LARGE"
    })
    void whatIsNoClientHelloEndsTheConnection(String bytes, HandshakeOutcome outcome) throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(HexFormat.of().parseHex(bytes));
            assertEnded(socket);
        }
        await().untilAsserted(() -> assertThat(edge.server.handshakes(outcome)).isEqualTo(1));
    }

    @ParameterizedTest
    @CsvSource({
        // SSL 3.0 and TLS 1.0 to 1.1 at most, with a cipher suite of theirs
        "0300",
        "0301",
        "0302"
    })
    void oldVersionsAreNotSpoken(String version) throws Exception {
        String hello = version + "00".repeat(32) + "00" + "0002c013" + "0100";
        String handshake = "01" + length(hello, 3) + hello;
        try (Socket socket = connect()) {
            socket.getOutputStream().write(HexFormat.of().parseHex(HELLO + length(handshake, 2) + handshake));
            assertEnded(socket);
        }
        await().untilAsserted(() ->
                assertThat(edge.server.handshakes(HandshakeOutcome.NOT_AGREED)).isEqualTo(1));
    }

    @Test
    void handshakesThatDoNotGoOnAreCutOff() throws Exception {
        List<Socket> slow = new ArrayList<>();
        for (String begun : new String[] {"", "16", "160301", "1603010200010001fc0303"}) {
            Socket socket = connect();
            socket.getOutputStream().write(HexFormat.of().parseHex(begun));
            slow.add(socket);
        }
        for (Socket socket : slow) {
            assertEnded(socket);
            socket.close();
        }
        await().untilAsserted(() ->
                assertThat(edge.server.handshakes(HandshakeOutcome.TIMEOUT)).isEqualTo(4));
    }

    @Test
    void clientsThatVanishLeaveNothingBehind() throws Exception {
        for (String begun : new String[] {"", "16", "160301", "1603010200010001fc0303"}) {
            Socket socket = connect();
            socket.getOutputStream().write(HexFormat.of().parseHex(begun));
            await().until(() -> edge.server.activeConnections() == 1);
            socket.close();
            await().until(() -> edge.server.activeConnections() == 0);
        }
        assertThat(edge.server.handshakes(HandshakeOutcome.ABANDONED)).isEqualTo(4);
    }

    @Test
    void aClientThatDoesNotTrustTheCertificateIsCounted() throws Exception {
        SSLContext strangers = SSLContext.getDefault();
        assertThatThrownBy(() -> TlsClients.connect(strangers, edge.address(1), "tenant.example"))
                .isInstanceOf(IOException.class);
        await().untilAsserted(() -> assertThat(edge.server.handshakes(HandshakeOutcome.REFUSED_BY_CLIENT)
                        + edge.server.handshakes(HandshakeOutcome.ABANDONED))
                .isEqualTo(1));
    }

    @Test
    void handshakesAreNotRenegotiated() throws Exception {
        SSLSocket socket = TlsClients.connect(TlsClients.context(null), edge.address(1), "tenant.example", "TLSv1.2");
        socket.startHandshake();
        assertThatThrownBy(() -> {
                    socket.getOutputStream().write(get("/").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                    if (socket.getInputStream().read() < 0) {
                        throw new IOException("closed");
                    }
                })
                .isInstanceOf(IOException.class);
        socket.close();
        edge.timelines.clear();
    }

    @Test
    void aStormOfHandshakesLeavesTheLoopToOthers() throws Exception {
        SSLContext clients = TlsClients.context(null);
        try (RawClient steady = new RawClient(TlsClients.connect(clients, edge.address(1), "tenant.example"))) {
            List<Socket> storm = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                storm.add(connect());
            }
            for (Socket each : storm) {
                SSLSocket socket = TlsClients.over(each, TlsClients.context(null), "tenant.example");
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        socket.startHandshake();
                    } catch (IOException cutOff) {
                        // Late ones are, by the time-out of this edge.
                    }
                });
            }
            assertThat(steady.send(get("/during")).read().status()).isEqualTo(200);
            await().until(() -> edge.server.activeConnections() == 1);
            assertThat(edge.server.handshakes(HandshakeOutcome.ESTABLISHED)).isGreaterThan(1);
        }
        await().until(() -> edge.timelines.size() == 1);
        edge.timelines.clear();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.connect(edge.address(1));
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** By a close or a reset, with at most an alert before. */
    private static void assertEnded(Socket socket) {
        try {
            assertThat(socket.getInputStream().readAllBytes().length).isLessThanOrEqualTo(16);
        } catch (IOException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    private static String length(String hex, int bytes) {
        return ("%0" + bytes * 2 + "x").formatted(hex.length() / 2);
    }
}
