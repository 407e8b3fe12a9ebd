package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.pkitesting.X509Bundle;
import io.percolate.gateway.proxy.engine.RawClient.Answer;
import io.percolate.gateway.proxy.engine.tls.Certificates;
import io.percolate.gateway.proxy.engine.tls.HandshakeOutcome;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS with real clients: names, certificates that change, clients' certificates, sessions, what pods are told. */
class TlsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"native, TLSv1.2", "native, TLSv1.3", "jdk, TLSv1.2", "jdk, TLSv1.3"})
    void requestsAreServedByEitherProviderInEitherVersion(String provider, String version) throws Exception {
        SSLContext clients = TlsClients.context(null);
        try (TestEdge edge = edge("GATEWAY_EDGE_TLS_PROVIDER", provider);
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            SSLSocket socket = TlsClients.connect(clients, edge.address(1), "tenant.example", version);
            assertThat(socket.getSession().getProtocol()).isEqualTo(version);
            assertThat(socket.getSession().getCipherSuite()).contains("GCM");
            assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
            try (RawClient client = new RawClient(socket)) {
                for (int i = 0; i < 3; i++) {
                    assertThat(client.send(TestEdge.post("/" + i, "body"))
                                    .read()
                                    .status())
                            .isEqualTo(200);
                }
                // What was cut into records anywhere is one request.
                edge.sendByteByByte(client, get("/cut"));
                assertThat(client.read().status()).isEqualTo(200);
            }
            assertThat(pod.take()).hasSize(4);
            assertThat(edge.server.handshakes(HandshakeOutcome.ESTABLISHED)).isEqualTo(1);
        }
    }

    @Test
    void theJdksHttpClientIsServed() throws Exception {
        try (TestEdge edge = edge();
                AnsweringPod pod = new AnsweringPod();
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(TlsClients.context(null))
                        .build()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            pod.script("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false);

            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(
                                    "https://localhost:" + edge.address(1).getPort() + "/case"))
                            .header("Authorization", "Bearer " + TestEdge.TOKEN)
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(answer.sslSession()).isPresent();
        }
    }

    @Test
    void podsAreToldThatItCameByHttps() throws Exception {
        List<String> head = seenByPod(TlsClients.context(null), "tenant.example", "GATEWAY_EDGE_FORWARDED", "true");

        assertThat(PodSocket.header(head, "X-Forwarded-Proto")).isEqualTo("https");
        assertThat(PodSocket.header(head, "X-Forwarded-Port")).isEqualTo("443");
        assertThat(PodSocket.header(head, "Forwarded")).isEqualTo("for=127.0.0.1;host=\"tenant.example\";proto=https");
        assertThat(PodSocket.header(head, "Client-Cert")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GET / HTTP/1.1, tenant.example, 200",
        "GET https://tenant.example/ HTTP/1.1, tenant.example, 200",
        "GET http://tenant.example/ HTTP/1.1, tenant.example, 421",
        "GET / HTTP/1.1, TENANT.example:443, 200",
        "GET / HTTP/1.1, any.wild.example, 200",
        "GET / HTTP/1.1, a.b.wild.example, 421",
        "GET / HTTP/1.1, wild.example, 421",
        "GET / HTTP/1.1, elsewhere.example, 421",
        "GET / HTTP/1.1, 127.0.0.1, 200",
        "GET / HTTP/1.1, 127.0.0.2, 421"
    })
    void aHostThatTheCertificateIsNotValidForIsMisdirected(String line, String host, int status) throws Exception {
        try (TestEdge edge = edge();
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            String request = line + "\r\nHost: " + host + "\r\nAuthorization: Bearer " + TestEdge.TOKEN + "\r\n\r\n";
            try (RawClient named = client(edge, "tenant.example")) {
                assertThat(named.send(request).read().status()).isEqualTo(status);
            }
            if (!line.contains("http:")) {
                // Who named no host has not been promised any.
                try (RawClient unnamed = client(edge, null)) {
                    assertThat(unnamed.send(request).read().status()).isEqualTo(200);
                }
            }
        }
    }

    @Test
    void eachNameIsShownItsCertificateAndOthersTheFirst() throws Exception {
        Path first = Certificates.write(folder.resolve("1"), Certificates.named("first.example"));
        Path second = Certificates.write(folder.resolve("2"), Certificates.named("*.second.example", "third.example"));
        Path rsa = Certificates.write(
                folder.resolve("3"),
                Certificates.issue(Certificates.server("rsa.example").rsa2048()));
        try (TestEdge edge = new TestEdge(
                "GATEWAY_EDGE_TLS_PORT", "0", "GATEWAY_EDGE_TLS_CERTIFICATES", first + "," + second + "," + rsa)) {
            assertThat(shown(edge, "first.example")).contains("CN=first.example");
            assertThat(shown(edge, "a.second.example")).contains("CN=*.second.example");
            assertThat(shown(edge, "A.SECOND.example")).contains("CN=*.second.example");
            assertThat(shown(edge, "a.b.second.example")).contains("CN=first.example");
            assertThat(shown(edge, "third.example")).contains("CN=*.second.example");
            assertThat(shown(edge, "rsa.example")).contains("CN=rsa.example");
            assertThat(shown(edge, "unknown.example")).contains("CN=first.example");
            assertThat(shown(edge, null)).contains("CN=first.example");
        }
    }

    @Test
    void aChangedCertificateIsShownToNewConnectionsWhileOldOnesLiveOn() throws Exception {
        Path keys = Certificates.write(folder.resolve("live"), Certificates.named("tenant.example", "old.example"));
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_EDGE_TLS_PORT", "0",
                        "GATEWAY_EDGE_TLS_CERTIFICATES", keys.toString(),
                        "GATEWAY_EDGE_TLS_RELOAD_INTERVAL", "20ms");
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            try (RawClient old = client(edge, "tenant.example")) {
                assertThat(old.send(get("/1")).read().status()).isEqualTo(200);

                // when a broken file comes, nothing changes but what is told of it
                String goodKey = Files.readString(keys.resolve("tls.key"));
                Files.writeString(keys.resolve("tls.key"), "broken");
                await().until(() -> edge.server.certificates().getFirst().problem() != null);
                assertThat(shown(edge, "old.example")).contains("CN=tenant.example");
                assertThat(edge.server.certificates().getFirst().failures()).isPositive();
                Files.writeString(keys.resolve("tls.key"), goodKey);
                await().until(() -> edge.server.certificates().getFirst().problem() == null);

                // when a whole one comes, it is shown
                Certificates.write(keys, Certificates.named("new.example", "tenant.example"));
                await().until(() -> shown(edge, "tenant.example").contains("CN=new.example"));
                assertThat(edge.server.certificates().getFirst().reloads()).isEqualTo(1);

                assertThat(old.send(get("/2")).read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aClientCertificateIsShownToPodsAsNobodyElseCan() throws Exception {
        X509Bundle identity =
                Certificates.issue(Certificates.server("device-7.example").addExtendedKeyUsageClientAuth());
        List<String> head = seenByPod(TlsClients.context(identity), "tenant.example", withClients("optional"));

        assertThat(PodSocket.header(head, "Client-Cert"))
                .isEqualTo(":"
                        + Base64.getEncoder()
                                .encodeToString(identity.getCertificate().getEncoded()) + ":");

        List<String> without = seenByPod(TlsClients.context(null), "tenant.example", withClients("optional"));
        assertThat(PodSocket.header(without, "Client-Cert")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aClientCertificateThatIsMissingOrStrangeEndsTheHandshake(String version) throws Exception {
        X509Bundle stranger = Certificates.byAStranger("device-8.example");
        for (String provider : List.of("native", "jdk")) {
            String[] settings = Stream.concat(
                            Stream.of(withClients("required")), Stream.of("GATEWAY_EDGE_TLS_PROVIDER", provider))
                    .toArray(String[]::new);
            try (TestEdge edge = edge(settings)) {
                long refused = 0;
                for (@Nullable X509Bundle identity : new @Nullable X509Bundle[] {null, stranger}) {
                    assertThatThrownBy(() -> {
                                try (SSLSocket socket = TlsClients.connect(
                                        TlsClients.context(identity), edge.address(1), "tenant.example", version)) {
                                    // In TLS 1.3 the client is done before it is refused.
                                    socket.getOutputStream().write(get("/").getBytes(StandardCharsets.US_ASCII));
                                    if (socket.getInputStream().read() < 0) {
                                        throw new SSLException("closed");
                                    }
                                }
                            })
                            .isInstanceOf(IOException.class);
                    refused++;
                    long expected = refused;
                    await().untilAsserted(() -> assertThat(edge.server.handshakes(HandshakeOutcome.CLIENT_CERTIFICATE))
                            .as(provider)
                            .isEqualTo(expected));
                }
                assertThat(edge.timelines).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"native, TLSv1.2", "native, TLSv1.3", "jdk, TLSv1.2"})
    void sessionsAreResumedAndNotOnceTheirKeysAreGone(String provider, String version) throws Exception {
        SSLContext clients = TlsClients.context(null);
        try (TestEdge edge = edge("GATEWAY_EDGE_TLS_PROVIDER", provider);
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            long first = sessionBegan(edge, clients, version);
            assertThat(sessionBegan(edge, clients, version)).isEqualTo(first);
        }
    }

    @Test
    void ticketsOfKeysThatWereReplacedTwiceAreNotTaken() throws Exception {
        SSLContext clients = TlsClients.context(null);
        try (TestEdge edge = edge("GATEWAY_EDGE_TLS_TICKET_KEY_LIFE", "50ms");
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            long first = sessionBegan(edge, clients, "TLSv1.3");
            // Each try has the last ticket, which lives on for one key's life or two.
            await().pollInterval(Duration.ofMillis(200)).until(() -> sessionBegan(edge, clients, "TLSv1.3") != first);
        }
    }

    @Test
    void anOrderlyEndIsToldByCloseNotifyAndATruncationIsNot() throws Exception {
        try (TestEdge edge = edge();
                AnsweringPod pod = new AnsweringPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            pod.script(OK, false);
            try (RawClient client = client(edge, "tenant.example")) {
                Answer answer = client.send(get("/case", "Connection: close")).read();
                assertThat(answer.body()).isEqualTo("ok");
                // The JDK's sockets throw where the end comes without close_notify.
                assertThat(client.in().read()).isNegative();
            }
            // An answer that only its end delimits, broken off by the pod, must not look whole.
            pod.script("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok" + AnsweringPod.EOF, false);
            try (RawClient client = client(edge, "tenant.example")) {
                String request =
                        "GET /case HTTP/1.0\r\nHost: tenant.example\r\nAuthorization: Bearer " + TestEdge.TOKEN;
                client.send(request + "\r\n\r\n");
                assertThat(client.read().whole()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void anEndOfHttp2IsToldByCloseNotifyBehindItsGoAway(String version) throws Exception {
        try (TestEdge edge = edge();
                SSLSocket socket =
                        TlsClients.unshaken(TlsClients.context(null), edge.address(1), "tenant.example", version)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream().write(FrameClient.PREFACE.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(FrameClient.bytes(FrameClient.PING, 0, 0, new byte[8]));

            // Throws where the end comes without close_notify.
            byte[] all = socket.getInputStream().readAllBytes();

            ByteBuf frames = Unpooled.wrappedBuffer(all);
            int type = -1;
            while (frames.isReadable()) {
                int length = frames.readUnsignedMedium();
                type = frames.readByte();
                frames.skipBytes(5 + length);
            }
            assertThat(type).isEqualTo(FrameClient.GOAWAY);
        }
    }

    @Test
    void anUploadThatIsTruncatedIsNoWholeRequest() throws Exception {
        try (TestEdge edge = edge();
                RecordingPod pod = new RecordingPod()) {
            edge.routes.put(TestEdge.hot(pod.address(), 1));
            for (boolean notify : new boolean[] {true, false}) {
                Socket plain = new Socket();
                plain.connect(edge.address(1));
                SSLSocket socket = TlsClients.over(plain, TlsClients.context(null), "tenant.example");
                socket.startHandshake();
                RawClient client = new RawClient(socket);
                client.send(TestEdge.request("POST", "/cut", "Content-Length: 10") + "\r\nfive!");
                await().until(() -> edge.server.activeRequests() == 1);
                if (notify) {
                    client.close();
                } else {
                    plain.close();
                }
                await().until(() -> edge.server.activeConnections() == 0);
            }
            assertThat(pod.take()).isEmpty();
        }
    }

    private TestEdge edge(String... settings) {
        Path keys = Certificates.write(
                folder.resolve("keys"),
                Certificates.named("tenant.example", "*.wild.example", "localhost", "127.0.0.1"));
        return new TestEdge(Stream.concat(
                        Stream.of("GATEWAY_EDGE_TLS_PORT", "0", "GATEWAY_EDGE_TLS_CERTIFICATES", keys.toString()),
                        Stream.of(settings))
                .toArray(String[]::new));
    }

    private String[] withClients(String mode) throws Exception {
        Path authorities = Files.writeString(
                folder.resolve("clients.pem"), Certificates.authority().getCertificatePEM());
        return new String[] {
            "GATEWAY_EDGE_TLS_CLIENT_CERTIFICATES", mode, "GATEWAY_EDGE_TLS_CLIENT_CA_FILE", authorities.toString()
        };
    }

    private static RawClient client(TestEdge edge, @Nullable String host) throws Exception {
        return new RawClient(TlsClients.connect(TlsClients.context(null), edge.address(1), host));
    }

    private List<String> seenByPod(SSLContext clients, String host, String... settings) throws Exception {
        List<List<String>> heads = new CopyOnWriteArrayList<>();
        try (TestEdge edge = edge(settings);
                ScriptedPod pod = new ScriptedPod()) {
            pod.then(socket -> {
                heads.add(socket.readHead());
                socket.write(OK);
            });
            edge.hotIn(pod);
            try (RawClient client = new RawClient(TlsClients.connect(clients, edge.address(1), host))) {
                assertThat(client.send(get("/", "Client-Cert: :ZXZpbA==:", "X-Forwarded-Proto: evil"))
                                .read()
                                .status())
                        .isEqualTo(200);
            }
        }
        return heads.getFirst();
    }

    /** The subject of the certificate that is shown to who names this host. */
    private static String shown(TestEdge edge, @Nullable String host) throws Exception {
        try (SSLSocket socket = TlsClients.connect(TlsClients.context(null), edge.address(1), host)) {
            X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return shown.getSubjectX500Principal().getName();
        }
    }

    /** When the session began that a new connection has, after a request on it. */
    private static long sessionBegan(TestEdge edge, SSLContext clients, String version) throws Exception {
        SSLSocket socket = TlsClients.connect(clients, edge.address(1), "tenant.example", version);
        try (RawClient client = new RawClient(socket)) {
            SSLSession session = socket.getSession();
            assertThat(client.send(get("/")).read().status()).isEqualTo(200);
            return session.getCreationTime();
        }
    }
}
