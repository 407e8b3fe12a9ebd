package io.percolate.gateway.bench.demo;

import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of the demo's gateways and of its management process. */
final class ScenarioClient implements AutoCloseable {
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final Demo demo;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    ScenarioClient(Demo demo) {
        this.demo = demo;
    }

    HttpRequest.Builder request(TenantId tenant, String target) {
        return withToken(demo.keys().token(tenant), target);
    }

    HttpRequest.Builder withToken(String token, String target) {
        return at(0, target).header("Authorization", "Bearer " + token);
    }

    HttpRequest.Builder at(int gateway, String target) {
        return HttpRequest.newBuilder(demo.gateways().get(gateway).edge().resolve(target))
                .timeout(BOUND);
    }

    HttpResponse<String> get(TenantId tenant, String target) {
        return send(request(tenant, target).build());
    }

    HttpResponse<String> send(HttpRequest request) {
        return send(request, BodyHandlers.ofString());
    }

    <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return http.send(request, handler);
        } catch (IOException failed) {
            throw new UncheckedIOException(request.uri() + ": " + failed, failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest request) {
        return http.sendAsync(request, BodyHandlers.ofString());
    }

    JsonNode whoAmI(TenantId tenant) {
        return json(get(tenant, "/whoami"));
    }

    HttpResponse<String> admin(String method, String target, String body) {
        return send(HttpRequest.newBuilder(demo.management().resolve(target))
                .timeout(BOUND)
                .header("Authorization", "Bearer " + demo.keys().adminToken())
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build());
    }

    /** What the gateway knows of the tenant's route. */
    JsonNode explain(int gateway, TenantId tenant) {
        URI ops = demo.gateways().get(gateway).ops();
        return json(send(HttpRequest.newBuilder(ops.resolve("/routes/" + tenant))
                .timeout(BOUND)
                .build()));
    }

    /** Sends raw bytes to the first gateway and leaves the connection to the caller. */
    Socket raw(String head) {
        URI edge = demo.gateways().getFirst().edge();
        try {
            Socket socket = new Socket(edge.getHost(), edge.getPort());
            socket.setSoTimeout((int) BOUND.toMillis());
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            return socket;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static long drain(InputStream in) throws IOException {
        byte[] chunk = new byte[1 << 16];
        long total = 0;
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            total += n;
        }
        return total;
    }

    static JsonNode json(HttpResponse<String> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    @Override
    public void close() {
        http.close();
    }
}
