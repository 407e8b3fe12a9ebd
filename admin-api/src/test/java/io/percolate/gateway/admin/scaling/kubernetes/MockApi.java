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
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * fabric8's mock of the API server in CRUD mode, with what it lacks: the {@code scale} subresource as the API server has
 * it (resource versions are compared), events by the object that they are of (all are told), a user without rights, and
 * faults on demand.
 */
final class MockApi implements AutoCloseable {
    static final String NOBODY = "nobody";

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String SCALE = "/scale";

    private final Map<ServerRequest, Queue<ServerResponse>> expectations = new HashMap<>();
    private final KubernetesMixedDispatcher crud = new KubernetesMixedDispatcher(expectations);
    private final KubernetesMockServer server;
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final List<WebSocket> watches = new CopyOnWriteArrayList<>();
    private final AtomicInteger watchesBegun = new AtomicInteger();
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
        List<WebSocket> open = List.copyOf(watches);
        watches.removeAll(open);
        open.forEach(watch -> watch.close(1001, "going away"));
    }

    /** As the API server does where it no longer knows what came after a watch's version. */
    void forgetWatches() {
        List<WebSocket> open = List.copyOf(watches);
        watches.removeAll(open);
        open.forEach(
                watch -> watch.send(
                        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\","
                                + "\"status\":\"Failure\",\"reason\":\"Expired\",\"code\":410,\"message\":\"too old resource version\"}}"));
    }

    int watchesBegun() {
        return watchesBegun.get();
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
        if (path.endsWith("/events") && request.method() == HttpMethod.GET) {
            return crud.dispatch(
                    new RecordedRequest("HTTP/1.1", HttpMethod.GET, path, request.getHeaders(), new Buffer()));
        }
        MockResponse answer = crud.dispatch(request);
        if (path.endsWith("/pods") && request.method() == HttpMethod.GET) {
            if (answer.getWebSocketListener() == null) {
                lists.incrementAndGet();
            } else {
                watchesBegun.incrementAndGet();
                return answer.withWebSocketUpgrade(new Followed(answer.getWebSocketListener()));
            }
        }
        return answer;
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
    }

    /** A watch that can be cut off. */
    private final class Followed extends WebSocketListener {
        private final WebSocketListener listener;

        Followed(WebSocketListener listener) {
            this.listener = listener;
        }

        @Override
        public void onBeforeAccept(WebSocket socket, Response response) {
            listener.onBeforeAccept(socket, response);
        }

        @Override
        public void onOpen(WebSocket socket, Response response) {
            watches.add(socket);
            listener.onOpen(socket, response);
        }

        @Override
        public void onMessage(WebSocket socket, String text) {
            listener.onMessage(socket, text);
        }

        @Override
        public void onClosing(WebSocket socket, int code, String reason) {
            watches.remove(socket);
            listener.onClosing(socket, code, reason);
        }

        @Override
        public void onClosed(WebSocket socket, int code, String reason) {
            watches.remove(socket);
            // It waits for its own thread, which an event loop may not.
            Thread.ofPlatform().daemon().start(() -> listener.onClosed(socket, code, reason));
        }

        @Override
        public void onFailure(WebSocket socket, Throwable error, Response response) {
            watches.remove(socket);
            listener.onFailure(socket, error, response);
        }
    }
}
