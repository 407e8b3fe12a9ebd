package io.percolate.gateway.proxy.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** What becomes of a tenant's own requests. */
class SidecarTrafficTest {
    private static final int LARGE = 8 << 20;
    private static final TenantId TENANT = new TenantId(UUID.randomUUID());

    @TempDir
    static Path folder;

    private static Application application;
    private static Sidecars sidecar;

    @BeforeAll
    static void start() {
        application = new Application();
        sidecar = new Sidecars(
                folder, Map.of("SIDECAR_APPLICATION_URL", application.url(), "SIDECAR_RESPONSE_TIMEOUT", "300ms"));
        sidecar.load(TENANT, 7, "");
    }

    @AfterAll
    static void stop() {
        sidecar.close();
        application.close();
    }

    @Test
    void theApplicationSeesWhatTheFleetMaySetAndNothingElseOfThatKind() {
        String seen = sidecar.send(sidecar.request(TENANT, 7, "/headers")
                        .header("X-Tenant-Tier", "B")
                        .header("X-Tenant-Admin", "yes")
                        .header("X_Tenant_Id", "other")
                        .header("X-Placement-Pod", "other")
                        .header("X-Request-Id", "r-1")
                        .GET())
                .body();

        assertThat(seen)
                .contains("X-Tenant-Id: " + TENANT, "X-Placement-Epoch: 7", "X-Tenant-Tier: B", "X-Request-Id: r-1")
                .doesNotContain("Admin", "X_Tenant_Id", "Placement-Pod");
    }

    @Test
    void aTenantThatIsNamedTwiceIsMisdirected() {
        HttpResponse<String> twice =
                sidecar.send(sidecar.request(TENANT, 7, "/headers").header("X-Tenant-Id", TENANT.toString()));

        assertThat(twice.statusCode()).isEqualTo(421);
        assertThat(sidecar.send(sidecar.request(TENANT, 8, "/headers")).statusCode())
                .isEqualTo(421);
    }

    @Test
    void aLargeBodyStreamsBothWays() {
        byte[] body = new byte[LARGE];
        body[LARGE - 1] = 1;

        byte[] answer = HttpClient.create()
                .headers(
                        headers -> headers.set("X-Tenant-Id", TENANT.toString()).set("X-Placement-Epoch", "7"))
                .post()
                .uri(sidecar.url().resolve("/echo"))
                .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)))
                .responseSingle((response, content) -> content.asByteArray())
                .block(Duration.ofSeconds(30));

        assertThat(answer).isEqualTo(body);
    }

    @Test
    void aBodyThatWaitsToBeAskedForIsAskedFor() throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), sidecar.url().getPort())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(("PUT /hooks/asked/data HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: " + TENANT
                            + "\r\nX-Placement-Epoch: 7\r\n"
                            + "Expect: 100-continue\r\nContent-Length: 9\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(until(socket.getInputStream(), "\r\n\r\n")).startsWith("HTTP/1.1 100");
            out.write("asked for".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 204");
            assertThat(application.data).containsEntry("asked", "asked for");
        }
    }

    @Test
    void anAnswerToHeadHasNoBodyAndLeavesTheConnectionInStep() {
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> head =
                    sidecar.send(sidecar.request(TENANT, 7, "/headers").method("HEAD", BodyPublishers.noBody()));
            assertThat(head.headers().firstValue("X-Head")).contains("yes");
            assertThat(head.body()).isEmpty();
        }
    }

    @Test
    void aWebSocketIsATunnelThatKeepsTheTenantBusy() throws Exception {
        CompletableFuture<String> echoed = new CompletableFuture<>();
        WebSocket socket = sidecar.http
                .newWebSocketBuilder()
                .header("X-Tenant-Id", TENANT.toString())
                .header("X-Placement-Epoch", "7")
                .buildAsync(
                        URI.create(
                                "ws" + sidecar.url().resolve("/ws").toString().substring(4)),
                        new WebSocket.Listener() {
                            @Override
                            public @Nullable CompletionStage<?> onBinary(
                                    WebSocket from, ByteBuffer data, boolean last) {
                                echoed.complete(
                                        StandardCharsets.UTF_8.decode(data).toString());
                                return null;
                            }
                        })
                .get(10, TimeUnit.SECONDS);

        socket.sendText("hello", true).join();

        assertThat(echoed.get(10, TimeUnit.SECONDS)).isEqualTo("hello");
        assertThat(sidecar.control("DELETE", TENANT, 7, "", "").statusCode()).isEqualTo(409);
        socket.abort();
        await().until(() -> sidecar.view(TENANT).contains("\"in_flight\":0"));
    }

    @Test
    void anApplicationThatIsSilentOrBreaksOffIsToldApart() {
        HttpResponse<String> late = sidecar.send(sidecar.request(TENANT, 7, "/silent"));

        assertThat(late.statusCode()).isEqualTo(504);
        assertThat(late.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThatThrownBy(() -> sidecar.send(sidecar.request(TENANT, 7, "/break")));
        await().until(() -> sidecar.view(TENANT).contains("\"in_flight\":0"));
    }

    @Test
    void anotherHttpIsNoUpgradeThatPasses() throws IOException {
        String answer =
                raw("GET /headers HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: " + TENANT + "\r\nX-Placement-Epoch: 7\r\n"
                        + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
                        + "GET /headers HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: " + TENANT + "\r\nX-Placement-Epoch: 6\r\n"
                        + "Connection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200").contains("HTTP/1.1 421").doesNotContain("101", "h2c");
    }

    @Test
    void metricsTellWhatWentThroughAndNoTenant() {
        sidecar.send(sidecar.request(TENANT, 7, "/headers"));

        String metrics = sidecar.send(
                        java.net.http.HttpRequest.newBuilder(sidecar.url().resolve("/metrics")))
                .body();

        assertThat(metrics)
                .contains("sidecar_requests_total{status=\"2xx\"}", "sidecar_hot_tenants 1", "sidecar_in_flight 0")
                .doesNotContain(TENANT.toString());
        assertThat(sidecar.send(sidecar.request(TENANT, 7, "/metrics")).statusCode())
                .as("the tenant's own path")
                .isEqualTo(404);
    }

    @Test
    @SuppressWarnings("try") // the application goes away in the middle
    void trailersPassBothWaysAndAnApplicationThatIsAwayIs502() throws Exception {
        Path own = folder.resolve("trailers");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Sidecars other = new Sidecars(
                        own, Map.of("SIDECAR_APPLICATION_URL", "http://127.0.0.1:" + server.getLocalPort()))) {
            other.load(TENANT, 1, "");
            CompletableFuture<String> seen = CompletableFuture.supplyAsync(() -> {
                try (Socket connection = server.accept()) {
                    String request = until(connection.getInputStream(), "X-Sum: 1\r\n\r\n");
                    connection
                            .getOutputStream()
                            .write(("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\n"
                                            + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Total: 2\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                    return request;
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            String answer = raw(
                    other,
                    "POST /a HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: " + TENANT + "\r\nX-Placement-Epoch: 1\r\n"
                            + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n");

            assertThat(seen.get(20, TimeUnit.SECONDS)).contains("\r\n2\r\nhi\r\n");
            assertThat(answer).startsWith("HTTP/1.1 103").contains("HTTP/1.1 200 OK", "\r\n2\r\nok\r\n", "X-Total: 2");
            server.close();
            assertThat(other.send(other.request(TENANT, 1, "/a")).statusCode()).isEqualTo(502);
        }
    }

    @Test
    void noPathLeavesTheTenantsPrefix() throws IOException {
        try (Sidecars other = new Sidecars(
                folder.resolve("prefix"),
                Map.of("SIDECAR_APPLICATION_URL", application.url(), "SIDECAR_PATH_PREFIX", "/{tenant}"))) {
            other.load(TENANT, 1, "");
            for (String path :
                    new String[] {"/../x", "/%2e%2e/x", "/a%2f..%2fx", "/%252e%252e/x", "/..;a/x", "/a\\..\\x"}) {
                assertThat(raw(
                                other,
                                "GET " + path + " HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: " + TENANT
                                        + "\r\nX-Placement-Epoch: 1\r\nConnection: close\r\n\r\n"))
                        .as(path)
                        .startsWith("HTTP/1.1 400");
            }
        }
    }

    private static String raw(String request) throws IOException {
        return raw(sidecar, request);
    }

    private static String raw(Sidecars to, String request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), to.url().getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String until(InputStream in, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("expected " + end + " after " + text);
            }
            text.append((char) next);
        }
        return text.toString();
    }
}
