package io.percolate.gateway.bench.generator;

import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A generator service over HTTP: {@code POST /v1/generate} takes the gateway's form, {@code POST /v1/chat/completions}
 * what OpenAI's chat completions take. Says one word after the other, at a steady pace.
 */
public final class GeneratorServer implements AutoCloseable {
    private static final int BODY_BYTES_MAX = 32 << 20;
    private static final Duration BIND_TIMEOUT = Duration.ofSeconds(10);

    private final DisposableServer server;
    private final Duration pace;

    private GeneratorServer(String host, int port, Duration pace) {
        this.pace = pace;
        this.server = HttpServer.create()
                .host(host)
                .port(port)
                .route(routes -> routes.post("/v1/generate", this::generate)
                        .post("/v1/chat/completions", this::complete)
                        .get("/health", (request, response) -> response.sendString(Mono.just("ok"))))
                .bindNow(BIND_TIMEOUT);
    }

    /** @param pace from one word to the next; zero for as fast as they are taken */
    public static GeneratorServer start(String host, int port, Duration pace) {
        return new GeneratorServer(host, port, pace);
    }

    public URI url() {
        return URI.create("http://" + server.host() + ":" + server.port());
    }

    private Publisher<Void> generate(HttpServerRequest request, HttpServerResponse response) {
        String type = Optional.ofNullable(request.requestHeaders().get("Content-Type"))
                .orElse("");
        return body(request).map(body -> Form.parse(type, body)).flatMap(form -> {
            Optional<List<String>> words = form.flatMap(parts -> Optional.ofNullable(parts.get("message"))
                    .map(message -> Reply.words(message, parts.getOrDefault("context", ""))));
            if (words.isEmpty()) {
                return refused(response, "expected a form with the parts message and context");
            }
            boolean events =
                    String.valueOf(request.requestHeaders().get("Accept")).contains("text/event-stream");
            return said(
                    response.header("Content-Type", events ? "text/event-stream" : "text/plain; charset=utf-8"),
                    paced(words.get()).map(word -> events ? event(json("text", word)) : word));
        });
    }

    private Publisher<Void> complete(HttpServerRequest request, HttpServerResponse response) {
        return body(request).flatMap(body -> {
            JsonNode asked;
            try {
                asked = JsonMapper.shared().readTree(body);
            } catch (JacksonException invalid) {
                return refused(response, "expected JSON");
            }
            String system = "";
            String message = "";
            for (JsonNode said : asked.path("messages")) {
                if (said.path("role").asString("").equals("system")) {
                    system = said.path("content").asString("");
                } else {
                    message = said.path("content").asString("");
                }
            }
            if (!asked.path("stream").asBoolean(false)) {
                return refused(response, "only \"stream\": true is answered");
            }
            Flux<String> deltas = paced(Reply.words(message, system))
                    .take(Math.max(1, asked.path("max_tokens").asInt(Integer.MAX_VALUE)))
                    .map(GeneratorServer::delta);
            return said(
                    response.header("Content-Type", "text/event-stream"),
                    deltas.map(GeneratorServer::event).concatWithValues(event("[DONE]")));
        });
    }

    private Flux<String> paced(List<String> words) {
        return pace.isZero()
                ? Flux.fromIterable(words)
                : Flux.fromIterable(words).concatMap(word -> Mono.delay(pace).thenReturn(word), 1);
    }

    private static Mono<Void> said(HttpServerResponse response, Flux<String> words) {
        return response.sendObject(words.map(word -> Unpooled.copiedBuffer(word, StandardCharsets.UTF_8)), sent -> true)
                .then();
    }

    private static Mono<Void> refused(HttpServerResponse response, String why) {
        return response.status(400)
                .header("Content-Type", "application/json")
                .sendString(Mono.just(JsonMapper.shared()
                        .createObjectNode()
                        .set("error", JsonMapper.shared().createObjectNode().put("message", why))
                        .toString()))
                .then();
    }

    private static Mono<byte[]> body(HttpServerRequest request) {
        return request.receive()
                .asByteArray()
                .reduceWith(ByteArrayOutputStream::new, (all, part) -> {
                    if (all.size() + part.length > BODY_BYTES_MAX) {
                        throw new IllegalStateException("more than " + BODY_BYTES_MAX + " bytes");
                    }
                    all.writeBytes(part);
                    return all;
                })
                .map(ByteArrayOutputStream::toByteArray);
    }

    private static String event(String data) {
        return "data: " + data + "\n\n";
    }

    private static String json(String name, String value) {
        return JsonMapper.shared().writeValueAsString(Map.of(name, value));
    }

    private static String delta(String word) {
        ObjectNode chunk = JsonMapper.shared().createObjectNode().put("object", "chat.completion.chunk");
        chunk.putArray("choices").addObject().put("index", 0).putObject("delta").put("content", word);
        return chunk.toString();
    }

    @Override
    public void close() {
        server.disposeNow(BIND_TIMEOUT);
    }
}
