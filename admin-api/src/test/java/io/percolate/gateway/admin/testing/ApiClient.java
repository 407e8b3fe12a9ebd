package io.percolate.gateway.admin.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Calls the API, and checks each answer against the OpenAPI document. */
public final class ApiClient implements AutoCloseable {
    private static final ApiDocument DOCUMENT = ApiDocument.read();
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI base;
    private final @Nullable String token;

    public ApiClient(int port, @Nullable String token) {
        this.base = URI.create("http://127.0.0.1:" + port);
        this.token = token;
    }

    public Answer get(String path) {
        return send(request("GET", path, null));
    }

    public Answer post(String path, String body, String... headers) {
        return send(request("POST", path, body, headers));
    }

    public Answer patch(String path, String body, String... headers) {
        return send(request("PATCH", path, body, headers));
    }

    public Answer delete(String path, String... headers) {
        return send(request("DELETE", path, null, headers));
    }

    public HttpRequest request(String method, String path, @Nullable String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(TIMEOUT)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return request.build();
    }

    public Answer send(HttpRequest request) {
        return sendAsync(request).join();
    }

    public CompletableFuture<Answer> sendAsync(HttpRequest request) {
        return http.sendAsync(request, BodyHandlers.ofString()).thenApply(response -> checked(request, response));
    }

    /** The lines of a stream that never ends by itself. */
    public HttpResponse<java.io.InputStream> open(String path) throws IOException, InterruptedException {
        return http.send(request("GET", path, null), BodyHandlers.ofInputStream());
    }

    private static Answer checked(HttpRequest request, HttpResponse<String> response) {
        Answer answer = new Answer(response.statusCode(), response.headers(), response.body());
        String operation = DOCUMENT.operation(request.method(), request.uri().getPath());
        if (operation != null) {
            DOCUMENT.check(operation, answer);
        }
        return answer;
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
