package io.percolate.gateway.admin.scaling.kubernetes;

import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Dispatcher;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * fabric8's mock of the API server in CRUD mode, with what it lacks: the {@code scale} subresource as the API server has
 * it (resource versions are compared), events by the object that they are of (all are told), watches of pods that miss
 * nothing, a user without rights, and faults on demand.
 */
final class MockApi implements AutoCloseable {
    static final String NOBODY = "nobody";

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String SCALE = "/scale";

    private final Map<ServerRequest, Queue<ServerResponse>> expectations = new HashMap<>();
    private final KubernetesMixedDispatcher crud = new KubernetesMixedDispatcher(expectations);
    private final KubernetesMockServer server;
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final PodWatches watches = new PodWatches(crud::dispatch);
    private final AtomicInteger lists = new AtomicInteger();
    private volatile boolean away;

    private record Fault(HttpMethod method, String pathEnd, int status, String headers) {}

    MockApi() {
        server = new KubernetesMockServer(
                new Context(),
                new MockWebServer(),
                expectations,
                new Dispatcher() {
                    @Override
                    public MockResponse dispatch(RecordedRequest request) {
                        return answer(request);
                    }
                },
                false);
        server.init();
    }

    String url() {
        return "http://" + server.getHostName() + ":" + server.getPort();
    }

    /** The next request of this kind is answered so; {@code retryAfter} in seconds, if not empty. */
    void fail(HttpMethod method, String pathEnd, int status, String retryAfter) {
        faults.add(new Fault(method, pathEnd, status, retryAfter));
    }

    boolean hasUnusedFaults() {
        return !faults.isEmpty();
    }

    /** From now on every request fails, and no watch goes on; or all is well again. */
    void away(boolean isAway) {
        away = isAway;
        if (isAway) {
            dropWatches();
        }
    }

    void dropWatches() {
        watches.drop();
    }

    /** As the API server does where it no longer knows what came after a watch's version. */
    void forgetWatches() {
        watches.forget();
    }

    int watchesBegun() {
        return watches.begun();
    }

    boolean isWatched(String namespace) {
        return watches.isOpen("/api/v1/namespaces/" + namespace + "/pods");
    }

    int lists() {
        return lists.get();
    }

    private MockResponse answer(RecordedRequest request) {
        if (away) {
            return status(503, "away", "");
        }
        String path = request.getPath().replaceFirst("[?].*", "");
        Fault fault = faults.peek();
        if (fault != null
                && fault.method() == request.method()
                && path.endsWith(fault.pathEnd())
                && faults.remove(fault)) {
            return status(fault.status(), "injected", fault.headers());
        }
        if (NOBODY.equals(request.getHeader("Impersonate-User"))) {
            return status(403, "User \\\"nobody\\\" cannot do this", "");
        }
        if (path.endsWith(SCALE)) {
            return scale(request, path.substring(0, path.length() - SCALE.length()));
        }
        if (request.method() != HttpMethod.GET) {
            return watches.write(path, request);
        }
        if (path.endsWith("/events")) {
            return crud.dispatch(
                    new RecordedRequest("HTTP/1.1", HttpMethod.GET, path, request.getHeaders(), new Buffer()));
        }
        if (path.endsWith("/pods")) {
            if (request.getPath().contains("watch=true")) {
                return watches.begin(path, request);
            }
            lists.incrementAndGet();
        }
        return crud.dispatch(request);
    }

    private synchronized MockResponse scale(RecordedRequest request, String parent) {
        MockResponse read = crud.dispatch(
                new RecordedRequest("HTTP/1.1", HttpMethod.GET, parent, request.getHeaders(), new Buffer()));
        if (read.code() != 200) {
            return status(404, "not found", "");
        }
        ObjectNode workload = (ObjectNode) JSON.readTree(read.getBody().getBytes());
        if (request.method() == HttpMethod.PUT) {
            ObjectNode wanted = (ObjectNode) JSON.readTree(request.getBody().getBytes());
            String version = workload.at("/metadata/resourceVersion").asString();
            if (!version.equals(wanted.at("/metadata/resourceVersion").asString(version))) {
                return status(409, "the object has been modified", "");
            }
            ((ObjectNode) workload.get("spec"))
                    .put("replicas", wanted.at("/spec/replicas").intValue());
            MockResponse written = crud.dispatch(new RecordedRequest(
                    "HTTP/1.1",
                    HttpMethod.PUT,
                    parent,
                    request.getHeaders(),
                    new Buffer(JSON.writeValueAsBytes(workload))));
            if (written.code() != 200) {
                return written;
            }
            workload = (ObjectNode) JSON.readTree(written.getBody().getBytes());
        }
        ObjectNode scale = JSON.createObjectNode().put("kind", "Scale").put("apiVersion", "autoscaling/v1");
        scale.set("metadata", workload.get("metadata"));
        scale.putObject("spec").put("replicas", workload.at("/spec/replicas").intValue());
        return new MockResponse().setResponseCode(200).setBody(JSON.writeValueAsString(scale));
    }

    private static MockResponse status(int code, String message, String retryAfter) {
        MockResponse response = new MockResponse()
                .setResponseCode(code)
                .setBody("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"" + message
                        + "\",\"code\":" + code + "}");
        return retryAfter.isEmpty() ? response : response.addHeader("Retry-After", retryAfter);
    }

    @Override
    public void close() {
        server.destroy();
        watches.close();
    }
}
