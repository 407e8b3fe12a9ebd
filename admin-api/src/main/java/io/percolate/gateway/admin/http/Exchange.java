package io.percolate.gateway.admin.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.percolate.gateway.admin.auth.Principal;
import io.percolate.gateway.admin.http.RouteTable.Match;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** One request from its head to its answer: find the route, admit, read the body, handle, answer, record. */
final class Exchange {
    private final HttpConfig config;
    private final RouteTable routes;
    private final Gatekeeper gatekeeper;
    private final RequestLog log;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final String requestId;
    private final long startedNanos = System.nanoTime();
    private @Nullable Route route;
    private @Nullable Principal principal;

    Exchange(
            HttpConfig config,
            RouteTable routes,
            Gatekeeper gatekeeper,
            RequestLog log,
            HttpServerRequest request,
            HttpServerResponse response) {
        this.config = config;
        this.routes = routes;
        this.gatekeeper = gatekeeper;
        this.log = log;
        this.request = request;
        this.response = response;
        this.requestId = RequestId.of(request.requestHeaders().get(RequestId.HEADER));
    }

    /**
     * Handlers complete on threads of the database or a timer; from the answer on, all happens on the connection's event
     * loop: Reactor Netty ends an exchange on the thread that completes it, which elsewhere races with the connection's
     * next request.
     */
    Publisher<Void> run(Scheduler eventLoop) {
        return Mono.defer(this::answer)
                .onErrorResume(error -> {
                    Problem problem = Problems.of(error, requestId);
                    log.problem(problem.kind());
                    return Mono.just(Problems.reply(problem, requestId));
                })
                .publishOn(eventLoop)
                .flatMap(this::send)
                .doFinally(_ -> log.request(
                        request.method().name(),
                        request.fullPath(),
                        route,
                        principal,
                        response.status().code(),
                        System.nanoTime() - startedNanos,
                        requestId));
    }

    private Mono<Reply> answer() {
        Match match = routes.find(request.method().name(), request.fullPath());
        route = match.route();
        principal = gatekeeper.admit(match.route(), request.requestHeaders());
        gatekeeper.checkMediaType(match.route(), request.requestHeaders());
        Mono<byte[]> body = match.route().mediaTypes().isEmpty()
                ? Mono.just(new byte[0])
                : BodyBuffer.collect(request, config.bodyBytesMax());
        Mono<Reply> reply = body.flatMap(bytes -> match.route().handler().handle(call(match, bytes)));
        Duration deadline = match.route().deadline() == null
                ? config.requestTimeout()
                : match.route().deadline();
        return deadline.isZero() ? reply : reply.timeout(deadline);
    }

    private Call call(Match match, byte[] body) {
        QueryStringDecoder target;
        try {
            target = new QueryStringDecoder(request.uri());
            target.parameters();
        } catch (IllegalArgumentException malformed) {
            throw Problem.of(
                            ProblemKind.REQUEST_MALFORMED,
                            "the query is not percent-encoded: " + malformed.getMessage())
                    .toException();
        }
        InetSocketAddress peer = request.remoteAddress();
        InetAddress address = peer == null ? null : peer.getAddress();
        return new Call(
                new Call.Caller(
                        principal, address, request.requestHeaders().get(HttpHeaderNames.USER_AGENT), requestId),
                match.pathParameters(),
                target.parameters(),
                request.requestHeaders(),
                body);
    }

    private Mono<Void> send(Reply reply) {
        response.status(reply.status());
        reply.headers().forEach(response::header);
        response.header(RequestId.HEADER, requestId);
        boolean withoutBody = request.method().equals(HttpMethod.HEAD);
        return switch (reply) {
            case Reply.Bytes(int status, var _, byte[] body) -> {
                if (status != 204) {
                    response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
                }
                yield withoutBody || body.length == 0
                        ? response.send().then()
                        : response.sendByteArray(Mono.just(body)).then();
            }
            case Reply.Events(Flux<ServerSentEvent> stream) ->
                withoutBody
                        ? response.send().then()
                        : response.sse()
                                .send(stream.map(Exchange::encoded), _ -> true)
                                .then()
                                // An end that looks orderly would hide that events were lost.
                                .doOnError(_ -> response.withConnection(connection -> connection.dispose()))
                                .onErrorComplete();
        };
    }

    private static ByteBuf encoded(ServerSentEvent event) {
        return Unpooled.wrappedBuffer(event.encode().getBytes(StandardCharsets.UTF_8));
    }
}
