package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.percolate.gateway.proxy.engine.tls.Certificates;
import io.percolate.gateway.routing.failure.FailureKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS to pods: who is trusted, by which name, who the gateway is, and what is told when that fails. */
class PodTlsTest {
    private static final String HOST = "127.0.0.1";
    private static final String WORKLOAD = "spiffe://fleet/pods/b";
    private static final ScriptedPod.Script ANSWER_1 = socket -> {
        socket.readHead();
        socket.respond("secret");
        socket.readToEnd();
    };
    private static final ScriptedPod.Script ANSWER_2 = socket -> {
        FrameSocket frames = new FrameSocket(socket).handshake();
        FrameSocket.Frame head = frames.request();
        assertThat(head.field(":scheme")).isEqualTo("https");
        frames.respond(head.stream(), "secret");
        frames.readToEnd();
    };
    /** Of a connection that the gateway refuses: it ends however far it came. */
    private static final ScriptedPod.Script REFUSED = socket -> {
        try {
            socket.readToEnd();
        } catch (IOException asItShould) {
            assertThat(asItShould).isNotNull();
        }
    };

    @TempDir
    private Path folder;

    /** A pod that is this, and agrees on these protocols; it asks for a client's certificate if told to. */
    private static ScriptedPod pod(X509Bundle identity, boolean asks, String... protocols) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                identity.toKeyManagerFactory().getKeyManagers(),
                new TrustManager[] {Certificates.authority().toTrustManager()},
                null);
        ServerSocket server =
                context.getServerSocketFactory().createServerSocket(0, 64, InetAddress.getLoopbackAddress());
        SSLParameters parameters = ((SSLServerSocket) server).getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        parameters.setNeedClientAuth(asks);
        ((SSLServerSocket) server).setSSLParameters(parameters);
        return new ScriptedPod(server);
    }

    private TestEdge edge(PodWire wire, String... more) throws Exception {
        Path authority = Files.writeString(
                folder.resolve("ca.pem"), Certificates.authority().getCertificatePEM());
        List<String> settings = new ArrayList<>(List.of(
                "GATEWAY_UPSTREAM_PROTOCOL_TIER_B", wire.name(), "GATEWAY_UPSTREAM_TLS_CA_FILE", authority.toString()));
        settings.addAll(List.of(more));
        return new TestEdge(settings.toArray(String[]::new));
    }

    private static ScriptedPod.Script answer(PodWire wire) {
        return wire == PodWire.H2 ? ANSWER_2 : ANSWER_1;
    }

    private static String[] protocols(PodWire wire) {
        return wire == PodWire.H2 ? new String[] {"h2"} : new String[0];
    }

    private static String get(TestEdge edge) throws Exception {
        try (RawClient client = edge.client()) {
            RawClient.Answer answer = client.send(TestEdge.get("/")).read();
            return answer.status() == 200 ? answer.body() : "" + answer.status();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = PodWire.class,
            names = {"H2", "HTTPS1"})
    void aPodThatProvesItsAddressIsSpokenTo(PodWire wire) throws Exception {
        try (ScriptedPod pod = pod(Certificates.issue(Certificates.server(HOST)), false, protocols(wire));
                TestEdge edge = edge(wire).hotIn(pod)) {
            pod.then(answer(wire));
            assertThat(get(edge)).isEqualTo("secret");
        }
    }

    @ParameterizedTest
    @CsvSource({"H2, pods.example", "HTTPS1, pods.example", "H2, " + WORKLOAD, "HTTPS1, " + WORKLOAD})
    void aPodMayProveAConfiguredNameInstead(PodWire wire, String name) throws Exception {
        CertificateBuilder identity = name.equals(WORKLOAD)
                ? Certificates.builder("elsewhere.example").addSanUriName(WORKLOAD)
                : Certificates.server(name);
        try (ScriptedPod pod = pod(Certificates.issue(identity), false, protocols(wire));
                TestEdge edge =
                        edge(wire, "GATEWAY_UPSTREAM_TLS_NAME_TIER_B", name).hotIn(pod)) {
            pod.then(answer(wire));
            assertThat(get(edge)).isEqualTo("secret");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "H2, 192.0.2.1, ''",
        "HTTPS1, pods.example, ''",
        "H2, 127.0.0.1, pods.example",
        "HTTPS1, pods.example, " + WORKLOAD,
        "H2, pods.example, " + WORKLOAD
    })
    void aPodThatProvesAnotherNameGetsNoRequest(PodWire wire, String its, String expected) throws Exception {
        String[] more =
                expected.isEmpty() ? new String[0] : new String[] {"GATEWAY_UPSTREAM_TLS_NAME_TIER_B", expected};
        try (ScriptedPod pod = pod(Certificates.issue(Certificates.server(its)), false, protocols(wire));
                TestEdge edge = edge(wire, more).hotIn(pod)) {
            pod.then(REFUSED);
            assertThat(get(edge)).isEqualTo("502");
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.POD_TLS_FAILED);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = PodWire.class,
            names = {"H2", "HTTPS1"})
    void aPodOfAStrangersAuthorityGetsNoRequest(PodWire wire) throws Exception {
        try (ScriptedPod pod = pod(Certificates.byAStranger(HOST), false, protocols(wire));
                TestEdge edge = edge(wire).hotIn(pod)) {
            pod.then(REFUSED);
            assertThat(get(edge)).isEqualTo("502");
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.POD_TLS_FAILED);
        }
    }

    @Test
    void aPodThatDoesNotAgreeOnHttp2GetsNoRequest() throws Exception {
        try (ScriptedPod pod = pod(Certificates.issue(Certificates.server(HOST)), false);
                TestEdge edge = edge(PodWire.H2).hotIn(pod)) {
            pod.then(REFUSED);
            assertThat(get(edge)).isEqualTo("502");
            assertThat(edge.timeline().failure).isEqualTo(FailureKind.POD_TLS_FAILED);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = PodWire.class,
            names = {"H2", "HTTPS1"})
    void aPodThatAsksIsToldWhoTheGatewayIs(PodWire wire) throws Exception {
        Path key = Certificates.write(folder.resolve("key"), Certificates.named("gateway.example"));
        try (ScriptedPod pod = pod(Certificates.issue(Certificates.server(HOST)), true, protocols(wire));
                TestEdge edge =
                        edge(wire, "GATEWAY_UPSTREAM_TLS_KEY", key.toString()).hotIn(pod)) {
            pod.then(answer(wire));
            assertThat(get(edge)).isEqualTo("secret");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = PodWire.class,
            names = {"H2", "HTTPS1"})
    void aPodThatAsksInVainEndsTheConnection(PodWire wire) throws Exception {
        try (ScriptedPod pod = pod(Certificates.issue(Certificates.server(HOST)), true, protocols(wire));
                TestEdge edge = edge(wire).hotIn(pod)) {
            pod.lastly(REFUSED);
            assertThat(get(edge)).isEqualTo("502");
        }
    }

    @Test
    void changedAuthoritiesCountForNewConnections() throws Exception {
        X509Bundle stranger = Certificates.byAStranger(HOST);
        try (ScriptedPod pod = pod(stranger, false);
                TestEdge edge = edge(PodWire.HTTPS1, "GATEWAY_UPSTREAM_TLS_RELOAD_INTERVAL", "50ms")
                        .hotIn(pod)) {
            pod.then(REFUSED);
            assertThat(get(edge)).isEqualTo("502");

            Files.writeString(folder.resolve("ca.pem"), stranger.getRootCertificatePEM());
            await().until(() -> {
                pod.thenIfNone(socket -> {
                    try {
                        ANSWER_1.run(socket);
                    } catch (IOException stillRefused) {
                        assertThat(stillRefused).isNotNull();
                    }
                });
                return get(edge).equals("secret");
            });
        }
    }

    @Test
    void filesThatCannotBeUsedStopTheStart() throws Exception {
        Path broken = Files.writeString(folder.resolve("broken.pem"), "no certificate");
        assertThatThrownBy(() -> new TestEdge(
                                "GATEWAY_UPSTREAM_PROTOCOL_TIER_A",
                                "h2",
                                "GATEWAY_UPSTREAM_TLS_CA_FILE",
                                broken.toString())
                        .close())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("tier A")
                .hasMessageContaining("broken.pem");
    }
}
