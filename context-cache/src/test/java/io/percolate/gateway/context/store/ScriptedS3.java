package io.percolate.gateway.context.store;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An S3 service that answers as told, one answer a request; one too many fails, and so does one left over. */
final class ScriptedS3 implements AutoCloseable {
    private final HttpServer server;
    private final Queue<Answer> script = new ConcurrentLinkedQueue<>();

    private record Answer(int status, String code, Map<String, String> headers) {}

    ScriptedS3() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        server.createContext("/", exchange -> {
            Answer answer = script.poll();
            if (answer == null) {
                exchange.sendResponseHeaders(418, -1);
            } else {
                byte[] body = ("<Error><Code>" + answer.code() + "</Code><Message>scripted</Message></Error>")
                        .getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/xml");
                answer.headers().forEach(exchange.getResponseHeaders()::set);
                exchange.sendResponseHeaders(answer.status(), body.length);
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(body);
                }
            }
            exchange.close();
        });
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    ScriptedS3 then(int status, String code) {
        return then(status, code, Map.of());
    }

    ScriptedS3 then(int status, String code, Map<String, String> headers) {
        script.add(new Answer(status, code, headers));
        return this;
    }

    @Override
    public void close() {
        server.stop(0);
        if (!script.isEmpty()) {
            throw new AssertionError("never asked for: " + script);
        }
    }
}
