package io.percolate.gateway.proxy.pod;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** Whole, small answers of a pod. */
public final class PodReply {
    private PodReply() {}

    public static Mono<Void> json(HttpServerRequest request, HttpServerResponse response, int status, Object value) {
        return bytes(
                request,
                response,
                status,
                "application/json",
                JsonMapper.shared().writeValueAsBytes(value));
    }

    public static Mono<Void> bytes(
            HttpServerRequest request, HttpServerResponse response, int status, String contentType, byte[] content) {
        response.status(status)
                .header("Content-Type", contentType)
                .header("Content-Length", Integer.toString(content.length));
        return request.method().equals(HttpMethod.HEAD)
                ? response.send()
                : response.sendByteArray(Mono.just(content)).then();
    }

    public static Mono<Void> problem(
            HttpServerRequest request, HttpServerResponse response, int status, String detail, Map<String, ?> members) {
        return bytes(request, response, status, "application/problem+json", problemJson(status, detail, members));
    }

    /** RFC 9457. */
    public static byte[] problemJson(int status, String detail, Map<String, ?> members) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "about:blank");
        problem.put("title", HttpResponseStatus.valueOf(status).reasonPhrase());
        problem.put("status", status);
        problem.put("detail", detail);
        problem.putAll(members);
        return JsonMapper.shared().writeValueAsBytes(problem);
    }
}
