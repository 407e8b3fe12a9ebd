package io.percolate.gateway.admin.scaling.kubernetes;

import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Watches of pods as the API server has them. fabric8's own miss what was deleted between a list and the watch that
 * follows it, and a write that comes while one of them closes is never answered.
 */
final class PodWatches implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern PODS = Pattern.compile("(.*/pods)(/[^?]*)?");
    private static final Pattern SELECTOR = Pattern.compile("[?&](labelSelector=[^&]*)");
    private static final String EXPIRED = """
            {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410,
             "message": "too old resource version"}
            """;

    private final Function<RecordedRequest, MockResponse> store;
    /** In the order of the writes, and off the event loop, which sending may block. */
    private final ExecutorService events = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("pod-events").factory());

    private final List<Watch> open = new ArrayList<>();
    private final Map<String, JsonNode> deleted = new HashMap<>();
    private int begun;

    /** @param store answers reads and writes of pods */
    PodWatches(Function<RecordedRequest, MockResponse> store) {
        this.store = store;
    }

    /** @param collection the path of the pods */
    synchronized MockResponse begin(String collection, RecordedRequest request) {
        begun++;
        Matcher selector = SELECTOR.matcher(request.getPath());
        return new MockResponse()
                .withWebSocketUpgrade(
                        new Watch(collection, collection + (selector.find() ? "?" + selector.group(1) : "")));
    }

    /** Carried out, and told to those who watch it; any other write is carried out only. */
    synchronized MockResponse write(String path, RecordedRequest request) {
        Matcher pods = PODS.matcher(path);
        if (!pods.matches()) {
            return store.apply(request);
        }
        String collection = pods.group(1);
        List<Watch> watching = open.stream()
                .filter(watch -> watch.collection.equals(collection))
                .toList();
        List<Map<String, JsonNode>> seen =
                watching.stream().map(watch -> read(watch.query)).toList();
        Map<String, JsonNode> before = read(collection);
        MockResponse answer = store.apply(request);
        Map<String, JsonNode> after = read(collection);
        before.forEach((name, pod) -> deleted.put(collection + "/" + name, pod));
        after.keySet().forEach(name -> deleted.remove(collection + "/" + name));
        for (int i = 0; i < watching.size(); i++) {
            watching.get(i).tellChanges(seen.get(i), read(watching.get(i).query));
        }
        return answer;
    }

    synchronized int begun() {
        return begun;
    }

    /** Whether somebody watches it whom events reach, and who can be cut off. */
    synchronized boolean isOpen(String collection) {
        return open.stream().anyMatch(watch -> watch.collection.equals(collection));
    }

    synchronized void drop() {
        open.forEach(watch -> events.execute(() -> watch.socket().close(1001, "going away")));
        open.clear();
    }

    /** As the API server does where it no longer knows what came after a watch's version. */
    synchronized void forget() {
        open.forEach(watch -> watch.tell("ERROR", JSON.readTree(EXPIRED)));
        open.clear();
    }

    private Map<String, JsonNode> read(String path) {
        MockResponse answer = store.apply(new RecordedRequest(
                "HTTP/1.1", HttpMethod.GET, path, Headers.builder().build(), new Buffer()));
        Map<String, JsonNode> pods = new LinkedHashMap<>();
        JSON.readTree(answer.getBody().getBytes())
                .path("items")
                .forEach(pod -> pods.put(pod.at("/metadata/name").asString(), pod));
        return pods;
    }

    @Override
    public void close() {
        events.shutdownNow();
    }

    /** Told first what there is, and who was deleted: also what its client knew, which no client minds. */
    private final class Watch extends WebSocketListener {
        private final String collection;
        private final String query;
        private volatile @Nullable WebSocket socket;

        Watch(String collection, String query) {
            this.collection = collection;
            this.query = query;
        }

        WebSocket socket() {
            return Objects.requireNonNull(socket);
        }

        void tell(String type, JsonNode object) {
            String event = JSON.writeValueAsString(
                    JSON.createObjectNode().put("type", type).set("object", object));
            events.execute(() -> socket().send(event));
        }

        void tellChanges(Map<String, JsonNode> before, Map<String, JsonNode> after) {
            after.forEach((name, pod) -> {
                JsonNode was = before.get(name);
                if (!pod.equals(was)) {
                    tell(was == null ? "ADDED" : "MODIFIED", pod);
                }
            });
            before.forEach((name, pod) -> {
                if (!after.containsKey(name)) {
                    tell("DELETED", pod);
                }
            });
        }

        @Override
        public void onOpen(WebSocket opened, Response response) {
            socket = opened;
            synchronized (PodWatches.this) {
                open.add(this);
                read(query).values().forEach(pod -> tell("ADDED", pod));
                deleted.forEach((path, pod) -> {
                    if (path.startsWith(collection + "/")) {
                        tell("DELETED", pod);
                    }
                });
            }
        }

        @Override
        public void onClosing(WebSocket closing, int code, String reason) {
            ended();
            closing.close(code, reason);
        }

        @Override
        public void onClosed(WebSocket closed, int code, String reason) {
            ended();
        }

        @Override
        public void onFailure(WebSocket failed, Throwable error, Response response) {
            ended();
            failed.close(1000, "failed");
        }

        private void ended() {
            synchronized (PodWatches.this) {
                open.remove(this);
            }
        }
    }
}
