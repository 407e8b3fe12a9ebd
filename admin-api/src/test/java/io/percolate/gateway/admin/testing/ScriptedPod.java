package io.percolate.gateway.admin.testing;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** A tier pod that loads every tenant at once, or none, and evicts every tenant, or none. */
public final class ScriptedPod implements AutoCloseable {
    private static final Pattern TENANT = Pattern.compile(".*/internal/tenants/([0-9a-f-]{36})(/snapshot)?(\\?.*)?");

    private final AtomicInteger loads = new AtomicInteger();
    private final DisposableServer server;
    private final Set<String> inMemory = ConcurrentHashMap.newKeySet();
    private volatile boolean full;
    private volatile boolean busy;

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

    /** Whether every tenant is being used from now on. */
    public void busy(boolean inUse) {
        busy = inUse;
    }

    private Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        Matcher tenant = TENANT.matcher(request.uri());
        if (!tenant.matches()) {
            return response.status(404).send().then();
        }
        if (request.method().name().equals("DELETE")) {
            if (busy) {
                return json(response, 409, "{\"epoch\": 1}");
            }
            inMemory.remove(tenant.group(1));
            return json(response, 200, "{\"state\": \"warm\", \"data_location\": null}");
        }
        if (tenant.group(2) != null) {
            return json(response, 200, "{\"data_location\": \"s3://bucket/" + tenant.group(1) + "\"}");
        }
        if (request.method().name().equals("PUT")) {
            loads.incrementAndGet();
            if (full) {
                return response.status(429).sendString(Mono.just("{}")).then();
            }
        }
        if (request.method().name().equals("PUT")) {
            inMemory.add(tenant.group(1));
        }
        String state = inMemory.contains(tenant.group(1)) ? "hot" : "warm";
        String epoch = request.requestHeaders().get("X-Placement-Epoch", "1");
        return json(
                response,
                200,
                "{\"tenant\":\"" + tenant.group(1) + "\",\"state\":\"" + state + "\",\"epoch\":" + epoch + ",\"busy\":"
                        + busy + "}");
    }

    private static Mono<Void> json(HttpServerResponse response, int status, String body) {
        return response.status(status)
                .header("Content-Type", "application/json")
                .sendString(Mono.just(body))
                .then();
    }

    @Override
    public void close() {
        server.disposeNow(Duration.ofSeconds(5));
    }
}
