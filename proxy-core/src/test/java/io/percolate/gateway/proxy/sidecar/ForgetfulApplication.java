package io.percolate.gateway.proxy.sidecar;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An application that knows a tenant, and under which epoch, only by its load hook, keeps what it is told in memory until
 * its evict hook, and can die and come back at the same port.
 */
final class ForgetfulApplication implements AutoCloseable {
    /** Requests of tenants that it had not loaded. */
    final AtomicInteger strangers = new AtomicInteger();

    final AtomicInteger loadCalls = new AtomicInteger();

    volatile boolean failsLoads;
    /** Loads wait for it. */
    volatile CountDownLatch loads = new CountDownLatch(0);

    private final Path data;
    private final int port;
    private final Map<String, String> loaded = new ConcurrentHashMap<>();
    private final Map<String, String> unsaved = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable HttpServer server;

    ForgetfulApplication(Path data) throws IOException {
        this.data = data;
        this.port = listen(0);
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Forgets all that it has not written. */
    void die() {
        HttpServer running = server;
        if (running != null) {
            running.stop(0);
        }
        server = null;
        loaded.clear();
        unsaved.clear();
    }

    void comeBack() throws IOException {
        listen(port);
    }

    private int listen(int at) throws IOException {
        HttpServer opened = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 0);
        opened.setExecutor(threads);
        opened.createContext("/", this::answer);
        opened.start();
        server = opened;
        return opened.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String tenant = String.valueOf(exchange.getRequestHeaders().getFirst("X-Tenant-Id"));
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            switch (exchange.getRequestURI().getPath()) {
                case "/well" -> send(exchange, 200, "");
                case "/load" -> load(exchange, tenant);
                case "/evict" -> {
                    String text = unsaved.remove(tenant);
                    if (text != null) {
                        Files.writeString(data.resolve(tenant).resolve("saved"), text);
                    }
                    loaded.remove(tenant);
                    send(exchange, 204, "");
                }
                default -> {
                    String epoch = loaded.get(tenant);
                    if (epoch == null) {
                        strangers.incrementAndGet();
                        send(exchange, 404, "who is that?");
                    } else {
                        if (!body.isEmpty()) {
                            unsaved.put(tenant, body);
                        }
                        send(exchange, 200, epoch);
                    }
                }
            }
        }
    }

    private void load(HttpExchange exchange, String tenant) throws IOException {
        loadCalls.incrementAndGet();
        try {
            loads.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (failsLoads) {
            send(exchange, 500, "cannot load");
        } else {
            loaded.put(tenant, String.valueOf(exchange.getRequestHeaders().getFirst("X-Placement-Epoch")));
            send(exchange, 204, "");
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        loads.countDown();
        die();
        threads.shutdownNow();
    }
}
