package io.percolate.gateway.proxy.ops;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * The ops listener, on a port and an event loop of its own: it answers when the edge is busy, and tells when the edge is
 * stuck.
 */
public final class OpsServer {
    private static final int CONNECTIONS_MAX = 256;
    private static final int HEADER_BYTES_MAX = 16 * 1024;
    private static final Duration IDLE_MAX = Duration.ofSeconds(60);
    private static final Duration REQUEST_MAX = Duration.ofSeconds(10);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(1);
    /** A connection accepted at the last moment is registered while its event loop ends; without this nobody closes it. */
    private static final Duration CLOSE_QUIET = Duration.ofMillis(100);

    private final LoopResources loop;
    private final DisposableServer server;

    private OpsServer(LoopResources loop, DisposableServer server) {
        this.loop = loop;
        this.server = server;
    }

    /** Listens. Errors when the address cannot be bound. */
    public static Mono<OpsServer> start(OpsConfig config, OpsSubjects subjects) {
        return Mono.defer(() -> {
            OpsRoutes routes = new OpsRoutes(subjects, config.token());
            LoopResources loop = LoopResources.create("ops", 1, true);
            AtomicInteger open = new AtomicInteger();
            return HttpServer.create()
                    .host(config.host())
                    .port(config.port())
                    .runOn(loop)
                    .httpRequestDecoder(limits -> limits.maxHeaderSize(HEADER_BYTES_MAX))
                    .idleTimeout(IDLE_MAX)
                    .requestTimeout(REQUEST_MAX)
                    .doOnConnection(connection -> bound(open, connection))
                    .handle((request, response) ->
                            routes.answer(request).flatMap(answer -> send(request, response, answer)))
                    .bind()
                    .map(server -> new OpsServer(loop, server))
                    .onErrorResume(
                            error -> loop.disposeLater(Duration.ZERO, CLOSE_MAX).then(Mono.error(error)));
        });
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) server.address();
    }

    /** Closes the listener and its connections. Never errors. */
    public Mono<Void> close() {
        return Mono.fromRunnable(server::dispose)
                .then(server.onDispose())
                .then(loop.disposeLater(CLOSE_QUIET, CLOSE_MAX))
                .onErrorComplete();
    }

    private static void bound(AtomicInteger open, Connection connection) {
        connection.onDispose(open::decrementAndGet);
        if (open.incrementAndGet() > CONNECTIONS_MAX) {
            connection.dispose();
        }
    }

    private static Mono<Void> send(HttpServerRequest request, HttpServerResponse response, OpsAnswer answer) {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        response.status(answer.status())
                .header(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(body.length))
                .header(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .header("X-Content-Type-Options", "nosniff");
        if (answer.allow() != null) {
            response.header(HttpHeaderNames.ALLOW, answer.allow());
        }
        if (answer.status() == 401) {
            response.header(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        if (answer.status() == 413 || answer.status() == 408) {
            // The rest of the body stays unread, so that the connection cannot carry another request.
            response.header(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        return request.method().equals(HttpMethod.HEAD)
                ? response.send()
                : response.sendByteArray(Mono.just(body)).then();
    }
}
