package io.percolate.gateway.admin.testing;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** A tier pod that loads every tenant at once, or none. */
public final class ScriptedPod implements AutoCloseable {
    private static final Pattern TENANT = Pattern.compile(".*/internal/tenants/([0-9a-f-]{36})");

    private final AtomicInteger loads = new AtomicInteger();
    private final DisposableServer server;
    private volatile boolean full;

    public ScriptedPod() {
        this.server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle(this::answer)
                .bindNow(Duration.ofSeconds(10));
    }

    public int port() {
        return server.port();
    }

    public int loads() {
        return loads.get();
    }

    /** From now on there is room for nobody. */
    public void fill() {
        full = true;
    }

    private Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        Matcher tenant = TENANT.matcher(request.uri());
        if (!tenant.matches()) {
            return response.status(404).send().then();
        }
        if (request.method().name().equals("PUT")) {
            loads.incrementAndGet();
            if (full) {
                return response.status(429).sendString(Mono.just("{}")).then();
            }
        }
        String epoch = request.requestHeaders().get("X-Placement-Epoch", "1");
        return response.status(200)
                .header("Content-Type", "application/json")
                .sendString(Mono.just("{\"tenant\":\"" + tenant.group(1) + "\",\"state\":\"hot\",\"epoch\":" + epoch
                        + ",\"busy\":false}"))
                .then();
    }

    @Override
    public void close() {
        server.disposeNow(Duration.ofSeconds(5));
    }
}
