package io.percolate.gateway.routing.token;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;

/** An issuer's endpoint on a port of its own, whose next answers a test decides. */
final class JwksServer implements AutoCloseable {
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger notModified = new AtomicInteger();
    private volatile Function<HttpServerResponse, Publisher<Void>> answer;
    private volatile String tag = "";
    private final DisposableServer server;

    JwksServer(String body) {
        answer = response -> response.sendString(Mono.just(body));
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> {
                    requests.incrementAndGet();
                    if (!tag.isEmpty() && tag.equals(request.requestHeaders().get("If-None-Match"))) {
                        notModified.incrementAndGet();
                        return response.status(HttpResponseStatus.NOT_MODIFIED).send();
                    }
                    return answer.apply(response);
                })
                .bindNow();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.port() + "/jwks.json");
    }

    int requests() {
        return requests.get();
    }

    /** How often the one who asked had the newest answer already. */
    int notModified() {
        return notModified.get();
    }

    void answersTagged(String body, String entityTag) {
        tag = entityTag;
        answer = response -> response.header("ETag", entityTag).sendString(Mono.just(body));
    }

    void answers(String body) {
        answer = response -> response.sendString(Mono.just(body));
    }

    void answers(HttpResponseStatus status) {
        answer = response -> response.status(status).send();
    }

    void redirectsTo(String location) {
        answer = response -> response.sendRedirect(location);
    }

    void hangs() {
        answer = response -> Mono.never();
    }

    /** Announces a body and breaks off within it. */
    void breaksOff() {
        answer = response -> response.header("Content-Length", "1000")
                .sendString(Flux.just("{\"keys\":[").concatWith(Mono.never()), StandardCharsets.UTF_8)
                .then()
                .mergeWith(Mono.fromRunnable(() -> response.withConnection(connection -> connection
                        .channel()
                        .eventLoop()
                        .execute(() -> connection.channel().close()))));
    }

    /** Holds every answer back until the sink completes. */
    Sinks.Empty<Void> answersWhenTold(String body) {
        Sinks.Empty<Void> told = Sinks.empty();
        answer = response -> told.asMono().then(Mono.from(response.sendString(Mono.just(body))));
        return told;
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
