package io.percolate.gateway.bench.pod;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.percolate.gateway.bench.pod.host.Admission;
import io.percolate.gateway.bench.pod.store.TenantData;
import io.percolate.gateway.bench.pod.store.TenantData.Message;
import io.percolate.gateway.proxy.pod.ControlRequest;
import io.percolate.gateway.proxy.pod.PodRefusal;
import io.percolate.gateway.proxy.pod.PodReply;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;

/** What a tenant's own clients may ask. Streams pass through; what is kept whole says how large it may be. */
final class TenantTraffic {
    private static final int VALUE_BYTES_MAX = 1 << 20;
    private static final int KEY_CHARACTERS_MAX = 1024;
    private static final int MESSAGES_MAX = 1000;
    private static final int MESSAGES_DEFAULT = 100;
    private static final long BYTES_MAX = 1L << 40;
    private static final long EVENTS_MAX = 1_000_000;
    private static final long MILLIS_MAX = 600_000;
    private static final int FRAME_BYTES_MAX = 1 << 20;

    private final TierPodConfig config;
    private final Scheduler blocking;

    TenantTraffic(TierPodConfig config, Scheduler blocking) {
        this.config = config;
        this.blocking = blocking;
    }

    Mono<Void> answer(
            List<String> path,
            TenantId tenant,
            Admission.Visit visit,
            HttpServerRequest request,
            HttpServerResponse response) {
        String method = request.method().name().equals("HEAD")
                ? "GET"
                : request.method().name();
        String subject = path.isEmpty() ? "" : path.getFirst();
        return switch (method + " " + subject + (path.size() > 1 ? "/*" : "")) {
            case "GET whoami" -> whoAmI(tenant, request, response);
            case "PUT kv/*" -> put(key(path), visit.data(), request, response);
            case "GET kv/*" -> get(key(path), visit.data(), request, response);
            case "DELETE kv/*" -> delete(key(path), visit.data(), request, response);
            case "POST messages" -> append(visit.data(), request, response);
            case "GET messages" -> messages(visit.data(), request, response);
            case "POST echo", "PUT echo" -> echo(request, response);
            case "POST digest", "PUT digest" -> digest(request, response);
            case "GET bytes/*" -> bytes(path.get(1), request, response);
            case "GET events" -> events(request, response);
            case "GET delay/*" -> delay(path.get(1), request, response);
            case "GET status/*" -> status(path.get(1), request, response);
            case "GET ws" -> webSocket(request, response);
            default -> throw new PodRefusal(404, "there is no " + method + " " + request.fullPath());
        };
    }

    private Mono<Void> whoAmI(TenantId tenant, HttpServerRequest request, HttpServerResponse response) {
        Map<String, String> headers = new TreeMap<>();
        request.requestHeaders()
                .forEach(header -> headers.merge(
                        header.getKey().toLowerCase(Locale.ROOT),
                        header.getValue(),
                        (one, other) -> one + ", " + other));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("pod", config.id().value());
        answer.put("tier", config.tier().name());
        answer.put("tenant", tenant.toString());
        answer.put("epoch", PodRequest.epochOrNone(request));
        answer.put("headers", headers);
        return PodReply.json(request, response, 200, answer);
    }

    private Mono<Void> put(String key, TenantData data, HttpServerRequest request, HttpServerResponse response) {
        return ControlRequest.body(request, VALUE_BYTES_MAX)
                .flatMap(value -> Mono.fromRunnable(() -> data.put(key, value))
                        .subscribeOn(blocking)
                        .then(Mono.defer(() -> response.status(204).send())));
    }

    private Mono<Void> get(String key, TenantData data, HttpServerRequest request, HttpServerResponse response) {
        return Mono.fromCallable(() -> data.get(key))
                .subscribeOn(blocking)
                .flatMap(value -> value.map(
                                found -> PodReply.bytes(request, response, 200, "application/octet-stream", found))
                        .orElseGet(() ->
                                PodReply.problem(request, response, 404, "there is no key '" + key + "'", Map.of())));
    }

    private Mono<Void> delete(String key, TenantData data, HttpServerRequest request, HttpServerResponse response) {
        return Mono.fromCallable(() -> data.delete(key))
                .subscribeOn(blocking)
                .flatMap(existed -> existed
                        ? response.status(204).send()
                        : PodReply.problem(request, response, 404, "there is no key '" + key + "'", Map.of()));
    }

    private Mono<Void> append(TenantData data, HttpServerRequest request, HttpServerResponse response) {
        return ControlRequest.body(request, VALUE_BYTES_MAX)
                .flatMap(text -> Mono.fromCallable(
                                () -> data.append(new String(text, StandardCharsets.UTF_8), Instant.now()))
                        .subscribeOn(blocking))
                .flatMap(message -> PodReply.json(request, response, 201, json(message)));
    }

    private Mono<Void> messages(TenantData data, HttpServerRequest request, HttpServerResponse response) {
        QueryStringDecoder query = new QueryStringDecoder(request.uri());
        long after = PodRequest.queryNumber(query, "after", 0, 0, Long.MAX_VALUE - 1);
        int limit = (int) PodRequest.queryNumber(query, "limit", MESSAGES_DEFAULT, 1, MESSAGES_MAX);
        return Mono.fromCallable(() -> data.messagesAfter(after, limit))
                .subscribeOn(blocking)
                .flatMap(found -> PodReply.json(
                        request,
                        response,
                        200,
                        Map.of(
                                "messages",
                                found.stream().map(TenantTraffic::json).toList())));
    }

    private static Mono<Void> echo(HttpServerRequest request, HttpServerResponse response) {
        String type = request.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
        String length = request.requestHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
        response.header(HttpHeaderNames.CONTENT_TYPE, type);
        if (length != null) {
            response.header(HttpHeaderNames.CONTENT_LENGTH, length);
        }
        return response.send(request.receive().retain()).then();
    }

    /** For clients that cannot read while they write. */
    private static Mono<Void> digest(HttpServerRequest request, HttpServerResponse response) {
        return request.receive()
                .collect(BodyDigest::new, BodyDigest::add)
                .flatMap(digest -> PodReply.json(request, response, 200, digest.result()));
    }

    private static Mono<Void> bytes(String count, HttpServerRequest request, HttpServerResponse response) {
        long length = PodRequest.number(count, "bytes", 0, BYTES_MAX);
        response.header(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream")
                .header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
        return request.method().name().equals("HEAD") || length == 0
                ? response.send()
                : response.send(DeterministicBytes.stream(length)).then();
    }

    private static Mono<Void> events(HttpServerRequest request, HttpServerResponse response) {
        QueryStringDecoder query = new QueryStringDecoder(request.uri());
        long count = PodRequest.queryNumber(query, "n", 10, 0, EVENTS_MAX);
        Duration interval = Duration.ofMillis(PodRequest.queryNumber(query, "interval_ms", 1000, 0, MILLIS_MAX));
        Flux<ByteBuf> events = Flux.range(1, (int) count)
                .concatMap(number -> Mono.delay(interval).thenReturn(number), 1)
                .map(number ->
                        Unpooled.wrappedBuffer(("id: " + number + "\nevent: tick\ndata: {\"n\":" + number + "}\n\n")
                                .getBytes(StandardCharsets.UTF_8)));
        return response.sse()
                .header(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .send(events, each -> true)
                .then();
    }

    private static Mono<Void> delay(String millis, HttpServerRequest request, HttpServerResponse response) {
        Duration delay = Duration.ofMillis(PodRequest.number(millis, "delay", 0, MILLIS_MAX));
        return Mono.delay(delay)
                .then(Mono.defer(() -> PodReply.json(request, response, 200, Map.of("delayed_ms", delay.toMillis()))));
    }

    private static Mono<Void> status(String code, HttpServerRequest request, HttpServerResponse response) {
        int status = (int) PodRequest.number(code, "status", 200, 599);
        return status == 204 || status == 205 || status == 304
                ? response.status(status).send()
                : PodReply.json(request, response, status, Map.of("status", status));
    }

    /** Gives messages back; closes at once with the code that {@code close} names, pings every {@code ping_ms}. */
    private static Mono<Void> webSocket(HttpServerRequest request, HttpServerResponse response) {
        QueryStringDecoder query = new QueryStringDecoder(request.uri());
        int closeCode = (int) PodRequest.queryNumber(query, "close", 0, 1000, 4999);
        long pingMillis = PodRequest.queryNumber(query, "ping_ms", 0, 1, MILLIS_MAX);
        return response.sendWebsocket(
                (in, out) -> {
                    if (closeCode != 0) {
                        return out.sendClose(closeCode, "as asked");
                    }
                    Sinks.Empty<Void> over = Sinks.empty();
                    Flux<WebSocketFrame> echoes = in.receiveFrames()
                            .filter(frame -> !(frame instanceof PongWebSocketFrame))
                            .map(WebSocketFrame::retain)
                            .doFinally(signal -> over.tryEmitEmpty());
                    Flux<WebSocketFrame> pings = pingMillis == 0
                            ? Flux.empty()
                            : Flux.interval(Duration.ofMillis(pingMillis))
                                    .<WebSocketFrame>map(number -> new PingWebSocketFrame())
                                    .takeUntilOther(over.asMono());
                    return out.sendObject(Flux.merge(echoes, pings), each -> true);
                },
                WebsocketServerSpec.builder()
                        .maxFramePayloadLength(FRAME_BYTES_MAX)
                        .build());
    }

    private static Map<String, Object> json(Message message) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", message.id());
        json.put("at", message.at().toString());
        json.put("text", message.text());
        return json;
    }

    /** A key may have slashes. */
    private static String key(List<String> path) {
        String key = String.join("/", path.subList(1, path.size()));
        if (key.isEmpty() || key.length() > KEY_CHARACTERS_MAX) {
            throw PodRefusal.badRequest("expected a key of 1 to " + KEY_CHARACTERS_MAX + " characters");
        }
        return key;
    }
}
