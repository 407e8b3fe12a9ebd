package io.percolate.gateway.bench.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of one pod; every control call is checked against the contract. */
final class PodCaller implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI pod;
    private final PodContract contract;

    PodCaller(TierPod pod) throws IOException {
        this(pod.url());
    }

    PodCaller(URI pod) throws IOException {
        this.pod = pod;
        this.contract = PodContract.read();
    }

    HttpResponse<byte[]> load(TenantId tenant, long epoch, String body) {
        return control("PUT", "/internal/tenants/{id}", tenant, epoch, "", BodyPublishers.ofString(body));
    }

    /** Loads and waits until the tenant is hot. */
    void loadHot(TenantId tenant, long epoch, String body) {
        assertThat(load(tenant, epoch, body).statusCode()).isIn(200, 202);
        awaitState(tenant, "hot");
    }

    void awaitState(TenantId tenant, String state) {
        Awaitility.await()
                .atMost(TIMEOUT)
                .until(() -> view(tenant).path("state").stringValue().equals(state));
    }

    HttpResponse<byte[]> evict(TenantId tenant, long epoch, String keep) {
        return control("DELETE", "/internal/tenants/{id}", tenant, epoch, "?keep=" + keep, BodyPublishers.noBody());
    }

    HttpResponse<byte[]> snapshot(TenantId tenant, long epoch) {
        return control("PUT", "/internal/tenants/{id}/snapshot", tenant, epoch, "", BodyPublishers.noBody());
    }

    HttpResponse<byte[]> stage(TenantId tenant, long epoch, URI from) {
        return control(
                "PUT",
                "/internal/tenants/{id}/staged",
                tenant,
                epoch,
                "",
                BodyPublishers.ofString("{\"from\": \"" + from + "\"}"));
    }

    HttpResponse<byte[]> unstage(TenantId tenant, long epoch) {
        return control("DELETE", "/internal/tenants/{id}/staged", tenant, epoch, "", BodyPublishers.noBody());
    }

    HttpResponse<byte[]> rest(TenantId tenant, long epoch, String have) {
        return control("POST", "/internal/tenants/{id}/data", tenant, epoch, "", BodyPublishers.ofString(have));
    }

    JsonNode view(TenantId tenant) {
        return json(control("GET", "/internal/tenants/{id}", tenant, 0, "", BodyPublishers.noBody()));
    }

    HttpResponse<byte[]> probe(TenantId tenant, String waitMillis) {
        return control("GET", "/internal/tenants/{id}", tenant, 0, "?wait=" + waitMillis, BodyPublishers.noBody());
    }

    HttpResponse<byte[]> export(TenantId tenant, long epoch) {
        return control("GET", "/internal/tenants/{id}/data", tenant, epoch, "", BodyPublishers.noBody());
    }

    HttpResponse<byte[]> receive(TenantId tenant, long epoch, byte[] tar) {
        return control("PUT", "/internal/tenants/{id}/data", tenant, epoch, "", BodyPublishers.ofByteArray(tar));
    }

    HttpResponse<byte[]> get(String path) {
        HttpResponse<byte[]> response = send(request(path).GET().build());
        contract.check(path, response);
        return response;
    }

    /** A request of the tenant's own. */
    HttpResponse<byte[]> traffic(TenantId tenant, long epoch, String method, String path, String body) {
        return send(traffic(tenant, epoch, path)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build());
    }

    HttpRequest.Builder traffic(TenantId tenant, long epoch, String path) {
        return request(path).header("X-Tenant-Id", tenant.toString()).header("X-Placement-Epoch", Long.toString(epoch));
    }

    HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpClient http() {
        return http;
    }

    static JsonNode json(HttpResponse<byte[]> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        http.close();
    }

    private HttpResponse<byte[]> control(
            String method, String template, TenantId tenant, long epoch, String query, BodyPublisher body) {
        HttpRequest.Builder request =
                request(template.replace("{id}", tenant.toString()) + query).method(method, body);
        if (epoch > 0) {
            request.header("X-Placement-Epoch", Long.toString(epoch));
        }
        HttpResponse<byte[]> response = send(request.build());
        contract.check(template, response);
        return response;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(pod.resolve(path)).timeout(TIMEOUT);
    }
}
