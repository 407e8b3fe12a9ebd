package io.percolate.gateway.context.keys;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The two calls of AWS KMS that wrap and unwrap, as its JSON over HTTP: a ciphertext names its key and its encryption
 * context, and opens under no other.
 */
final class ScriptedKms implements AutoCloseable {
    private static final Pattern FIELD = Pattern.compile("\"([A-Za-z:-]+)\"\\s*:\\s*\"([^\"]*)\"");

    private final HttpServer server;
    private final List<String> calls = new ArrayList<>();
    private volatile @Nullable String fault;

    ScriptedKms() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
            Answer answer = answer(target, body);
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        });
        server.start();
    }

    private record Answer(int status, String body) {}

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** From now on every call fails with this error; null ends that. */
    void fail(@Nullable String code) {
        fault = code;
    }

    synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    private synchronized Answer answer(String target, String body) {
        calls.add(target);
        String failing = fault;
        if (failing != null) {
            return new Answer(400, "{\"__type\":\"" + failing + "\",\"message\":\"scripted\"}");
        }
        Map<String, String> fields = new TreeMap<>();
        Matcher matcher = FIELD.matcher(body);
        while (matcher.find()) {
            fields.put(matcher.group(1), matcher.group(2));
        }
        String bound = fields.get("KeyId") + "|" + fields.get("percolate:tenant") + "|"
                + fields.get("percolate:key-version") + "|";
        return switch (target) {
            case "TrentService.Encrypt" ->
                new Answer(
                        200,
                        "{\"KeyId\":\"" + fields.get("KeyId") + "\",\"CiphertextBlob\":\""
                                + Base64.getEncoder()
                                        .encodeToString(
                                                (bound + fields.get("Plaintext")).getBytes(StandardCharsets.US_ASCII))
                                + "\"}");
            case "TrentService.Decrypt" -> {
                String sealed = new String(
                        Base64.getDecoder().decode(fields.get("CiphertextBlob")), StandardCharsets.ISO_8859_1);
                yield sealed.startsWith(bound)
                        ? new Answer(
                                200,
                                "{\"KeyId\":\"" + fields.get("KeyId") + "\",\"Plaintext\":\""
                                        + sealed.substring(bound.length()) + "\"}")
                        : new Answer(400, "{\"__type\":\"InvalidCiphertextException\"}");
            }
            default -> new Answer(400, "{\"__type\":\"UnsupportedOperationException\"}");
        };
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
