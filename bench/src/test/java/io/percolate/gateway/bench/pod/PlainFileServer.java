package io.percolate.gateway.bench.pod;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A plain HTTP server over a folder, which knows neither tenants nor pods: {@code PUT} and {@code GET} are files, any
 * {@code .../whoami} answers, any {@code .../delay/...} does not until the server closes.
 */
final class PlainFileServer implements AutoCloseable {
    private final Path folder;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);

    PlainFileServer(Path folder) throws IOException {
        this.folder = folder;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (path.contains("/delay/")) {
                await();
            } else if (path.endsWith("/whoami")) {
                send(exchange, 200, "somebody".getBytes(StandardCharsets.UTF_8));
            } else {
                file(exchange, folder.resolve(path.substring(1)));
            }
        }
    }

    private static void file(HttpExchange exchange, Path file) throws IOException {
        switch (exchange.getRequestMethod()) {
            case "PUT" -> {
                Files.createDirectories(file.getParent());
                try (InputStream body = exchange.getRequestBody();
                        OutputStream out = Files.newOutputStream(file)) {
                    body.transferTo(out);
                }
                exchange.sendResponseHeaders(204, -1);
            }
            case "GET" -> {
                if (Files.isRegularFile(file)) {
                    send(exchange, 200, Files.readAllBytes(file));
                } else {
                    exchange.sendResponseHeaders(404, -1);
                }
            }
            default -> exchange.sendResponseHeaders(405, -1);
        }
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private void await() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.close();
    }
}
