package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which fields pass to pods and to clients, and which only the gateway sets. */
class HeaderPassingTest {
    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Tenant-Id: evil",
                "x-tenant-id: evil",
                "X_Tenant_Id: evil",
                "x_tenant-id: evil",
                "X-Tenant-Tier: evil",
                "X-Tenant-Anything: evil",
                "X-Placement-Epoch: evil",
                "X_PLACEMENT_EPOCH: evil",
                "X-Served-From: evil",
                "X_Served_From: evil",
                "Forwarded: for=evil",
                "X-Forwarded-For: evil",
                "X_Forwarded_For: evil",
                "X-Forwarded-Proto: evil",
                "X-Forwarded-Host: evil",
                "X-Forwarded-Anything: evil",
                "X-Real-IP: evil",
                "X-Request-Id: <evil>",
                "X_Request_Id: evil",
                "traceparent: evil",
                "tracestate: evil=1",
                "Keep-Alive: evil",
                "Proxy-Connection: evil",
                "Proxy-Authorization: evil",
                "Upgrade: evil",
                "HTTP2-Settings: evil",
                "TE: evil",
                "Trailer: evil",
                "content_length: evil",
                "transfer_encoding: evil",
                "Expect: evil",
            })
    void neverReachesAPod(String field) throws Exception {
        assertThat(forwarded(field)).noneMatch(line -> line.contains("evil"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Accept: a", "Cookie: a=b", "X-Anything: a", "my_field: a", "Range: bytes=0-1", "Via: 1.1 a"})
    void reachesThePod(String field) throws Exception {
        assertThat(forwarded(field)).contains(field);
    }

    @Test
    void theGatewaysOwnFieldsCannotBeNamedAway() throws Exception {
        List<String> head = forwarded(
                "Connection: close, X-Tenant-Id, X-Placement-Epoch, X-Request-Id, Host, X-Mine", "X-Mine: evil");
        assertThat(head).noneMatch(line -> line.contains("evil"));
        assertThat(PodSocket.header(head, "X-Tenant-Id")).isEqualTo(TestEdge.TENANT.toString());
        assertThat(PodSocket.header(head, "X-Tenant-Tier")).isEqualTo("B");
        assertThat(PodSocket.header(head, "X-Placement-Epoch")).isEqualTo("1");
        assertThat(PodSocket.header(head, "X-Request-Id")).hasSize(32);
        assertThat(PodSocket.header(head, "Host")).isEqualTo("tenant.example");
        assertThat(PodSocket.header(head, "X-Forwarded-For")).isEqualTo("127.0.0.1");
        assertThat(PodSocket.header(head, "X-Forwarded-Proto")).isEqualTo("http");
        assertThat(PodSocket.header(head, "X-Forwarded-Host")).isEqualTo("tenant.example");
        assertThat(PodSocket.header(head, "Via")).isEqualTo("1.1 percolate");
        assertThat(PodSocket.header(head, "traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
        assertThat(PodSocket.header(head, "Connection")).isEmpty();
        assertThat(PodSocket.header(head, "Authorization")).isEqualTo("Bearer " + TestEdge.TOKEN);
    }

    @Test
    void aTraceAndARequestIdOfTheClientGoOn() throws Exception {
        List<String> head =
                forwarded("traceparent: " + TRACE, "tracestate: a=b", "X-Request-Id: mine-1", "TE: trailers");
        assertThat(PodSocket.header(head, "traceparent")).isEqualTo(TRACE);
        assertThat(PodSocket.header(head, "tracestate")).isEqualTo("a=b");
        assertThat(PodSocket.header(head, "X-Request-Id")).isEqualTo("mine-1");
        assertThat(PodSocket.header(head, "TE")).isEqualTo("trailers");
    }

    @Test
    void forwardedIsWrittenForEverybodyWhenAskedFor() throws Exception {
        String[] settings = {"GATEWAY_EDGE_FORWARDED", "true"};
        List<String> head = forwarded(settings, "Forwarded: for=evil");
        assertThat(PodSocket.header(head, "Forwarded")).isEqualTo("for=127.0.0.1;host=\"tenant.example\";proto=http");
        assertThat(PodSocket.header(head, "X-Forwarded-Port")).isEqualTo("80");
    }

    @Test
    void aTrustedProxysWordAboutThePortIsNotMixedWithOurs() throws Exception {
        String[] settings = {"GATEWAY_EDGE_TRUSTED_PROXIES", "127.0.0.1", "GATEWAY_EDGE_FORWARDED", "true"};
        List<String> head = forwarded(settings, "X-Forwarded-Proto: https", "X-Forwarded-Port: 444");
        assertThat(PodSocket.header(head, "X-Forwarded-Port")).isEqualTo("444");
        assertThat(PodSocket.header(head, "Forwarded")).startsWith("for=127.0.0.1;host=");
        assertThat(PodSocket.header(forwarded(settings, "X-Forwarded-Proto: https"), "X-Forwarded-Port"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.0/8", "127.0.0.1"})
    void aTrustedProxyIsBelieved(String trusted) throws Exception {
        List<String> head = forwarded(
                new String[] {"GATEWAY_EDGE_TRUSTED_PROXIES", trusted, "GATEWAY_EDGE_FORWARD_AUTHORIZATION", "false"},
                "X-Forwarded-For: 203.0.113.9",
                "X-Forwarded-Proto: https",
                "Forwarded: for=203.0.113.9",
                "X-Tenant-Id: evil");
        assertThat(PodSocket.header(head, "X-Forwarded-For")).isEqualTo("203.0.113.9, 127.0.0.1");
        assertThat(PodSocket.header(head, "X-Forwarded-Proto")).isEqualTo("https");
        assertThat(PodSocket.header(head, "X-Forwarded-Host")).isEqualTo("tenant.example");
        assertThat(PodSocket.header(head, "Forwarded")).isEqualTo("for=203.0.113.9|for=127.0.0.1");
        assertThat(PodSocket.header(head, "X-Tenant-Id")).isEqualTo(TestEdge.TENANT.toString());
        assertThat(PodSocket.header(head, "Authorization")).isEmpty();
    }

    @Test
    void aTargetInAbsoluteFormReachesThePodInOriginForm() throws Exception {
        CompletableFuture<List<String>> seen = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    seen.complete(socket.readHead());
                    socket.respond("");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(request("GET", "http://tenant.example?a=b") + "\r\n").read();
            assertThat(seen.join()).startsWith("GET /?a=b HTTP/1.1", "Host: tenant.example");
        }
    }

    @Test
    void whatConcernsOneHopOnlyDoesNotReachTheClient() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    socket.write(String.join(
                            "\r\n",
                            "HTTP/1.1 200 Fine",
                            "Connection: keep-alive, X-Hop",
                            "X-Hop: evil",
                            "Keep-Alive: evil",
                            "Upgrade: evil",
                            "Proxy-Authenticate: evil",
                            "X-Request-Id: evil",
                            "X-Served-From: evil",
                            "X-App: kept",
                            "Set-Cookie: a=b",
                            "Set-Cookie: c=d",
                            "Content-Length: 0",
                            "",
                            ""));
                });
                RawClient client = edge.hotIn(pod).client()) {
            RawClient.Answer answer = client.send(get("/")).read();
            assertThat(answer.head()).noneMatch(line -> line.contains("evil"));
            assertThat(answer.head().getFirst()).isEqualTo("HTTP/1.1 200 Fine");
            assertThat(answer.header("X-App")).isEqualTo("kept");
            assertThat(answer.header("Set-Cookie")).isEqualTo("a=b|c=d");
            assertThat(answer.header("Via")).isEqualTo("1.1 percolate");
            assertThat(answer.header("Connection")).isEmpty();
        }
    }

    private static List<String> forwarded(String... fields) throws Exception {
        return forwarded(new String[0], fields);
    }

    private static List<String> forwarded(String[] settings, String... fields) throws Exception {
        CompletableFuture<List<String>> seen = new CompletableFuture<>();
        try (TestEdge edge = new TestEdge(settings);
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    seen.complete(socket.readHead());
                    socket.respond("ok");
                });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/", fields)).read().body()).isEqualTo("ok");
            return seen.join();
        }
    }
}
