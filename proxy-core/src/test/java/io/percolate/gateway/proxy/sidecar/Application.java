package io.percolate.gateway.proxy.sidecar;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/** An application for tests: echoes, WebSockets, and hooks that keep each tenant's data as one text in memory. */
final class Application implements AutoCloseable {
    private static final int LARGE = 1 << 20;

    /** What the application has of tenants, by its hooks. */
    final Map<String, String> data = new ConcurrentHashMap<>();

    final Map<String, String> hooks = new ConcurrentHashMap<>();
    private final LoopResources loops = LoopResources.create("application", 1, true);
    private final DisposableServer server;

    Application() {
        server = HttpServer.create()
                .runOn(loops)
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.get(
                                "/headers",
                                (request, response) ->
                                        response.sendString(Mono.just(request.requestHeaders().entries().stream()
                                                .map(entry -> entry.getKey() + ": " + entry.getValue())
                                                .collect(Collectors.joining("\n")))))
                        .head(
                                "/headers",
                                (request, response) ->
                                        response.header("X-Head", "yes").send())
                        .post(
                                "/echo",
                                (request, response) ->
                                        response.send(request.receive().retain()))
                        .get("/silent", (request, response) -> Mono.never())
                        .get(
                                "/break",
                                (request, response) -> response.header(HttpHeaderNames.CONTENT_LENGTH, "100")
                                        .sendString(
                                                Flux.just("begun")
                                                        .concatWith(Flux.error(new IllegalStateException("broken"))),
                                                StandardCharsets.UTF_8))
                        .ws("/ws", (in, out) -> out.send(in.receive().retain()))
                        .post("/hooks/{tenant}/{hook}", (request, response) -> {
                            String hook = String.valueOf(request.param("hook"));
                            hooks.merge(hook, "x", String::concat);
                            if (hooks.containsKey("hang-" + hook)) {
                                return Mono.never();
                            }
                            if (hooks.containsKey("fail-" + hook)) {
                                return response.status(500).sendString(Mono.just("no such disk " + "x".repeat(LARGE)));
                            }
                            return response.status(hooks.containsKey("busy") ? 409 : 204)
                                    .send();
                        })
                        .get(
                                "/hooks/{tenant}/context",
                                (request, response) -> response.header("Content-Type", "text/x-context")
                                        .sendString(Mono.just(hooks.getOrDefault("context", ""))))
                        .get(
                                "/hooks/{tenant}/data",
                                (request, response) -> response.sendString(
                                        Mono.just(Optional.ofNullable(data.get(request.param("tenant")))
                                                .orElse(""))))
                        .put(
                                "/hooks/{tenant}/data",
                                (request, response) -> request.receive()
                                        .aggregate()
                                        .asString()
                                        .defaultIfEmpty("")
                                        .flatMap(text -> {
                                            data.put(String.valueOf(request.param("tenant")), text);
                                            return response.status(204).send();
                                        }))
                        .delete("/hooks/{tenant}/data", (request, response) -> {
                            data.remove(String.valueOf(request.param("tenant")));
                            return response.status(204).send();
                        }))
                .bindNow();
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    @Override
    public void close() {
        server.disposeNow(Duration.ofSeconds(10));
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
    }
}
