package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.engine.Edge.ConnectionBound;
import io.percolate.gateway.proxy.engine.Edge.ProxyHeader;
import io.percolate.gateway.proxy.engine.tls.Certificates;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PROXY headers of balancers that may send them, and of everybody else. */
class ProxyHeaderTest {
    private static final String V2 = "0d0a0d0a000d0a515549540a";
    private static final String IPV4 = "cb0071077f0000011f9001bb";
    private static final String IPV6 =
            ("20010db8000000000000000000000007" + "20010db8000000000000000000000001") + "1f9001bb";
    private static final String[] BEHIND_BALANCER = {
        "GATEWAY_EDGE_PROXY_PROTOCOL",
        "required",
        "GATEWAY_EDGE_PROXY_PROTOCOL_FROM",
        "127.0.0.1",
        "GATEWAY_EDGE_HANDSHAKE_TIMEOUT",
        "500ms"
    };

    @ParameterizedTest
    @CsvSource({
        "PROXY TCP4 203.0.113.7 127.0.0.1 8080 443, 203.0.113.7",
        "PROXY TCP6 2001:db8::7 2001:db8::1 8080 443, 2001:db8:0:0:0:0:0:7",
        "PROXY UNKNOWN, 127.0.0.1",
        "PROXY UNKNOWN ffff:f:f:f:f:f:f:f ffff:f:f:f:f:f:f:f 65535 65535, 127.0.0.1"
    })
    void aLineSaysWhoseTheConnectionIs(String line, String address) throws Exception {
        assertTaken((line + "\r\n").getBytes(StandardCharsets.US_ASCII), address);
    }

    @ParameterizedTest
    @CsvSource({
        // PROXY over TCP, IPv4 and IPv6
        "2111000c" + IPV4 + ", 203.0.113.7",
        "21210024" + IPV6 + ", 2001:db8:0:0:0:0:0:7",
        // with a TLV of the balancer's behind
        "21110013" + IPV4 + "04000401020304, 203.0.113.7",
        // LOCAL: the balancer's own, whatever addresses are there
        "20000000, 127.0.0.1",
        "2011000c" + IPV4 + ", 127.0.0.1",
        // PROXY of an unspecified family
        "21000000, 127.0.0.1"
    })
    void aBinaryHeaderSaysWhoseTheConnectionIs(String hex, String address) throws Exception {
        assertTaken(HexFormat.of().parseHex(V2 + hex), address);
    }

    @Test
    void aUnixSocketHasNoAddress() throws Exception {
        assertTaken(HexFormat.of().parseHex(V2 + "213100d8" + "2f746d70" + "00".repeat(212)), "127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1",
                "PROXY",
                "PROXY TCP4",
                "PROXY TCP4 203.0.113.7 127.0.0.1 8080",
                "PROXY TCP4 203.0.113.7 127.0.0.1 8080 443 9",
                "PROXY TCP4 203.0.113.700 127.0.0.1 8080 443",
                "PROXY TCP4 2001:db8::7 127.0.0.1 8080 443",
                "PROXY TCP6 203.0.113.7 127.0.0.1 8080 443",
                "PROXY TCP4 203.0.113.7 127.0.0.1 80800 443",
                "PROXY TCP4 203.0.113.7 127.0.0.1 x 443",
                "PROXY TCP5 203.0.113.7 127.0.0.1 8080 443",
                "PROXY UDP4 203.0.113.7 127.0.0.1 8080 443",
                "proxy TCP4 203.0.113.7 127.0.0.1 8080 443",
                "PROXY  TCP4 203.0.113.7 127.0.0.1 8080 443"
            })
    void aMalformedLineEndsTheConnection(String line) throws Exception {
        assertRefused((line + "\r\n" + get("/")).getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aLineThatDoesNotEndEndsTheConnection() throws Exception {
        assertRefused("PROXY TCP4 ".concat("1".repeat(200)).getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // another version, another command, another family, datagrams
                "1111000c" + IPV4,
                "2211000c" + IPV4,
                "2141000c" + IPV4,
                "2112000c" + IPV4,
                // too short for its family
                "21110004cb007107",
                "2121000c" + IPV4,
                // more than any balancer adds
                "2111ffff" + IPV4
            })
    void aMalformedBinaryHeaderEndsTheConnection(String hex) throws Exception {
        assertRefused(HexFormat.of().parseHex(V2 + hex + "00".repeat(4_096)));
    }

    @Test
    void nobodyElseMaySendOne() throws Exception {
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_PROXY_PROTOCOL", "required", "GATEWAY_EDGE_PROXY_PROTOCOL_FROM", "192.0.2.0/24");
                RawClient client = edge.client()) {
            assertThat(client.isEnded()).isTrue();
            await().until(() -> edge.server.proxyHeaders(ProxyHeader.UNTRUSTED) == 1);
            await().until(() -> edge.server.activeConnections() == 0);
        }
    }

    @Test
    void wherePartOfTheClientsComeThroughABalancerTheOthersSpeakForThemselves() throws Exception {
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_PROXY_PROTOCOL", "trusted", "GATEWAY_EDGE_PROXY_PROTOCOL_FROM", "127.0.0.2");
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            try (RawClient direct = edge.client()) {
                assertThat(direct.send(get("/")).read().status()).isEqualTo(200);
            }
            try (RawClient liar = edge.client()) {
                assertThat(liar.send("PROXY TCP4 203.0.113.7 127.0.0.1 8080 443\r\n" + get("/"))
                                .read()
                                .status())
                        .isEqualTo(400);
            }
            try (RawClient balanced = RawClient.from("127.0.0.2", edge.server.address())) {
                balanced.send("PROXY TCP4 203.0.113.7 127.0.0.1 8080 443\r\n" + get("/"));
                assertThat(balanced.read().status()).isEqualTo(200);
            }
            await().until(() -> edge.timelines.size() == 3);
            assertThat(edge.timelines)
                    .extracting(timeline -> timeline.clientAddress)
                    .containsExactlyInAnyOrder("127.0.0.1", "127.0.0.1", "203.0.113.7");
        }
    }

    @Test
    void aHeaderThatDoesNotComeIsNotWaitedForLong() throws Exception {
        try (TestEdge edge = new TestEdge(BEHIND_BALANCER);
                RawClient silent = edge.client();
                RawClient slow = edge.client()) {
            slow.send("PROXY TCP4 203.");
            assertThat(silent.isEnded()).isTrue();
            assertThat(slow.isEnded()).isTrue();
            await().until(() -> edge.server.proxyHeaders(ProxyHeader.TIMEOUT) == 2);
            RawClient gone = edge.client();
            gone.send("PROXY");
            await().until(() -> edge.server.activeConnections() == 1);
            gone.leave();
            await().until(() -> edge.server.proxyHeaders(ProxyHeader.ABANDONED) == 1);
            await().until(() -> edge.server.activeConnections() == 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"203.0.113.7, 203.0.113.7, 203.0.113.8", "2001:db8::1, 2001:db8::ffff:2, 2001:db8:0:1::1"})
    void connectionsAreBoundByTheAddressThatIsGiven(String first, String same, String other) throws Exception {
        String[] settings = {
            "GATEWAY_EDGE_PROXY_PROTOCOL",
            "required",
            "GATEWAY_EDGE_PROXY_PROTOCOL_FROM",
            "127.0.0.1",
            "GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX",
            "1"
        };
        try (TestEdge edge = new TestEdge(settings);
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            try (RawClient one = edge.client();
                    RawClient two = edge.client();
                    RawClient three = edge.client();
                    RawClient elsewhere = edge.client()) {
                assertThat(one.send(header(first) + get("/")).read().status()).isEqualTo(200);
                assertThat(two.send(header(same) + get("/")).read().status()).isEqualTo(503);
                assertThat(elsewhere.send(header(other) + get("/")).read().status())
                        .isEqualTo(200);
                assertThat(edge.server.refusedConnections(ConnectionBound.ADDRESS))
                        .isEqualTo(1);
                one.leave();
                two.leave();
                await().until(() -> edge.server.activeConnections() == 2);
                assertThat(three.send(header(same) + get("/")).read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void tlsComesAfterTheHeader(@TempDir Path folder) throws Exception {
        Path keys = Certificates.write(folder, Certificates.named("tenant.example"));
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_PROXY_PROTOCOL", "required",
                        "GATEWAY_EDGE_PROXY_PROTOCOL_FROM", "127.0.0.1",
                        "GATEWAY_EDGE_TLS_PORT", "0",
                        "GATEWAY_EDGE_TLS_CERTIFICATES", keys.toString());
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            Socket plain = new Socket();
            plain.connect(edge.address(1));
            plain.getOutputStream().write(header("203.0.113.7").getBytes(StandardCharsets.US_ASCII));
            try (RawClient client = new RawClient(TlsClients.over(plain, TlsClients.context(null), "tenant.example"))) {
                assertThat(client.send(get("/")).read().status()).isEqualTo(200);
            }
            assertThat(edge.timeline().clientAddress).isEqualTo("203.0.113.7");
        }
    }

    private static String header(String address) {
        return address.indexOf(':') < 0
                ? "PROXY TCP4 " + address + " 127.0.0.1 8080 443\r\n"
                : "PROXY TCP6 " + address + " 2001:db8::1 8080 443\r\n";
    }

    /** Whole, and byte by byte; the request comes in the same packet as the end of the header. */
    private static void assertTaken(byte[] header, String address) throws Exception {
        String text = new String(header, StandardCharsets.ISO_8859_1);
        for (boolean byteByByte : new boolean[] {false, true}) {
            try (TestEdge edge = new TestEdge(BEHIND_BALANCER);
                    ScriptedPod pod = new ScriptedPod();
                    RawClient client = edge.client()) {
                pod.then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "X-Forwarded-For"))
                            .isEqualTo(address);
                    socket.respond("ok");
                });
                edge.hotIn(pod);
                if (byteByByte) {
                    edge.sendByteByByte(client, text.substring(0, text.length() - 1));
                    client.send(text.substring(text.length() - 1) + get("/"));
                } else {
                    client.send(text + get("/"));
                }
                assertThat(client.read().status()).isEqualTo(200);
                assertThat(edge.timeline().clientAddress).isEqualTo(address);
                assertThat(edge.server.proxyHeaders(ProxyHeader.TAKEN)).isEqualTo(1);
            }
        }
    }

    private static void assertRefused(byte[] bytes) throws Exception {
        try (TestEdge edge = new TestEdge(BEHIND_BALANCER);
                RawClient client = edge.client()) {
            client.send(new String(bytes, StandardCharsets.ISO_8859_1));
            assertThat(client.isEnded()).isTrue();
            await().until(() -> edge.server.proxyHeaders(ProxyHeader.MALFORMED) == 1);
            await().until(() -> edge.server.activeConnections() == 0);
            assertThat(edge.timelines).isEmpty();
        }
    }
}
