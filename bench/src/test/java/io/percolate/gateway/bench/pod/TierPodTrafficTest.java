package io.percolate.gateway.bench.pod;

import static io.percolate.gateway.bench.pod.PodCaller.json;
import static io.percolate.gateway.bench.pod.PodCaller.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import tools.jackson.databind.JsonNode;

final class TierPodTrafficTest {
    private static final int LARGE = 32 << 20;

    private final TenantId tenant = PodFixture.newTenant();

    @TempDir
    Path folder;

    private TierPod pod;
    private PodCaller caller;

    @BeforeEach
    void start() throws IOException {
        pod = PodFixture.start(folder, Optional.empty(), Map.of());
        caller = new PodCaller(pod);
        caller.loadHot(tenant, 1, "");
    }

    @AfterEach
    void stop() {
        caller.close();
        pod.close();
    }

    @Test
    void whoAmITellsPodTenantAndHeaders() {
        JsonNode answer = json(caller.send(caller.traffic(tenant, 1, "/whoami")
                .header("X-Request-Id", "r-1")
                .GET()
                .build()));

        assertThat(answer.path("pod").stringValue()).isEqualTo("pod-of-test");
        assertThat(answer.path("tier").stringValue()).isEqualTo("B");
        assertThat(answer.path("tenant").stringValue()).isEqualTo(tenant.toString());
        assertThat(answer.path("epoch").longValue()).isEqualTo(1);
        assertThat(answer.path("headers").path("x-request-id").stringValue()).isEqualTo("r-1");
    }

    @Test
    void keysComeAndGo() {
        assertThat(caller.traffic(tenant, 1, "GET", "/kv/k", "").statusCode()).isEqualTo(404);
        caller.traffic(tenant, 1, "PUT", "/kv/k", "v");
        assertThat(text(caller.traffic(tenant, 1, "GET", "/kv/k", ""))).isEqualTo("v");
        assertThat(caller.traffic(tenant, 1, "DELETE", "/kv/k", "").statusCode())
                .isEqualTo(204);
        assertThat(caller.traffic(tenant, 1, "DELETE", "/kv/k", "").statusCode())
                .isEqualTo(404);
    }

    @Test
    void messagesAreReadAfterAnId() {
        for (String text : List.of("one", "two", "three")) {
            caller.traffic(tenant, 1, "POST", "/messages", text);
        }

        JsonNode messages = json(caller.traffic(tenant, 1, "GET", "/messages?after=1&limit=1", ""))
                .path("messages");

        assertThat(messages.size()).isEqualTo(1);
        assertThat(messages.get(0).path("id").intValue()).isEqualTo(2);
        assertThat(messages.get(0).path("text").stringValue()).isEqualTo("two");
    }

    @Test
    void aValueThatIsTooLargeIsRefused() {
        HttpResponse<byte[]> refused = caller.send(caller.traffic(tenant, 1, "/kv/k")
                .PUT(BodyPublishers.ofByteArray(new byte[(1 << 20) + 1]))
                .build());

        assertThat(refused.statusCode()).isEqualTo(413);
    }

    @Test
    void echoReturnsALargeBodyWhole() {
        byte[] body = new byte[LARGE];
        for (int i = 0; i < body.length; i++) {
            body[i] = DeterministicBytes.at(i);
        }

        // A client that reads while it writes: one that writes first would wait for the pod, which waits for it.
        byte[] answer = HttpClient.create()
                .headers(headers -> headers.set("X-Tenant-Id", tenant.toString())
                        .set("X-Placement-Epoch", "1")
                        .set("Content-Type", "image/png"))
                .post()
                .uri(pod.url().resolve("/echo"))
                .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)))
                .responseSingle((response, content) -> {
                    assertThat(response.responseHeaders().get("Content-Type")).isEqualTo("image/png");
                    return content.asByteArray();
                })
                .block(Duration.ofSeconds(20));

        assertThat(Arrays.equals(answer, body)).isTrue();
    }

    @Test
    void digestTellsWhatArrived() {
        HttpResponse<byte[]> answer = caller.send(caller.traffic(tenant, 1, "/digest")
                .POST(BodyPublishers.ofByteArray(new byte[LARGE]))
                .build());

        assertThat(json(answer).path("bytes").longValue()).isEqualTo(LARGE);
        assertThat(json(answer).path("sha256").stringValue())
                .isEqualTo("83ee47245398adee79bd9c0a8bc57b821e92aba10f5f9ade8a5d1fae4d8c4302");
    }

    @Test
    void bytesAreAsManyAsAskedForAndComputable() {
        byte[] answer = caller.traffic(tenant, 1, "GET", "/bytes/" + LARGE, "").body();

        assertThat(answer).hasSize(LARGE);
        for (int i = 0; i < LARGE; i++) {
            if (answer[i] != DeterministicBytes.at(i)) {
                throw new AssertionError("byte " + i + " is " + answer[i]);
            }
        }
        assertThat(caller.traffic(tenant, 1, "GET", "/bytes/0", "").body()).isEmpty();
    }

    @Test
    void eventsComeOneByOne() throws IOException, InterruptedException {
        HttpResponse<InputStream> response = caller.http()
                .send(
                        caller.traffic(tenant, 1, "/events?n=1000&interval_ms=20")
                                .GET()
                                .build(),
                        BodyHandlers.ofInputStream());

        try (InputStream body = response.body()) {
            String first = new String(body.readNBytes(9), java.nio.charset.StandardCharsets.UTF_8);

            assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
            assertThat(first).isEqualTo("id: 1\neve");
        }
        Awaitility.await().until(() -> caller.view(tenant).path("in_flight").intValue() == 0);
    }

    @Test
    void statusAnswersWithTheStatusAskedFor() {
        for (int status : List.of(204, 304, 404, 503)) {
            assertThat(caller.traffic(tenant, 1, "GET", "/status/" + status, "").statusCode())
                    .isEqualTo(status);
        }
        assertThat(caller.traffic(tenant, 1, "GET", "/status/999", "").statusCode())
                .isEqualTo(400);
        assertThat(caller.traffic(tenant, 1, "GET", "/nowhere", "").statusCode())
                .isEqualTo(404);
    }

    @Test
    void delayTakesItsTime() {
        assertThat(json(caller.traffic(tenant, 1, "GET", "/delay/30", ""))
                        .path("delayed_ms")
                        .intValue())
                .isEqualTo(30);
    }

    @Test
    void aWebSocketEchoes() throws Exception {
        CompletableFuture<String> echoed = new CompletableFuture<>();
        WebSocket socket = caller.http()
                .newWebSocketBuilder()
                .header("X-Tenant-Id", tenant.toString())
                .header("X-Placement-Epoch", "1")
                .buildAsync(URI.create("ws://" + pod.address() + "/ws"), new WebSocket.Listener() {
                    @Override
                    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
                        echoed.complete(data.toString());
                        return null;
                    }
                })
                .get(10, TimeUnit.SECONDS);

        socket.sendText("hello", true);

        assertThat(echoed.get(10, TimeUnit.SECONDS)).isEqualTo("hello");
        socket.abort();
        Awaitility.await().until(() -> caller.view(tenant).path("in_flight").intValue() == 0);
    }

    @Test
    void aWebSocketClosesAndPingsAsItIsAsked() throws Exception {
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        CompletableFuture<Boolean> pinged = new CompletableFuture<>();
        WebSocket.Listener listener = new WebSocket.Listener() {
            @Override
            public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                closed.complete(code);
                return null;
            }

            @Override
            public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer message) {
                pinged.complete(true);
                return null;
            }
        };
        open("/ws?close=4001", listener);
        WebSocket silent = open("/ws?ping_ms=20", listener);

        assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo(4001);
        assertThat(pinged.get(10, TimeUnit.SECONDS)).isTrue();
        silent.abort();
        Awaitility.await().until(() -> caller.view(tenant).path("in_flight").intValue() == 0);
    }

    private WebSocket open(String target, WebSocket.Listener listener) throws Exception {
        return caller.http()
                .newWebSocketBuilder()
                .header("X-Tenant-Id", tenant.toString())
                .header("X-Placement-Epoch", "1")
                .buildAsync(URI.create("ws://" + pod.address() + target), listener)
                .get(10, TimeUnit.SECONDS);
    }
}
