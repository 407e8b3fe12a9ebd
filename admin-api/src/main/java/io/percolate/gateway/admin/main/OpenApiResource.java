package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Mono;

/** {@code /openapi.yaml}: what this API is, as OpenAPI 3.1. */
final class OpenApiResource {
    private static final String RESOURCE = "/openapi.yaml";

    private final Reply document;

    OpenApiResource() {
        // The registered media type is application/openapi+yaml; RFC 9512 registers application/yaml, which tools know.
        this.document = Reply.text(200, "application/yaml", read());
    }

    Mono<Reply> get(Call call) {
        return Mono.just(document);
    }

    static String read() {
        try (var stream = OpenApiResource.class.getResourceAsStream(RESOURCE)) {
            if (stream == null) {
                throw new IllegalStateException(RESOURCE + " is missing from the jar");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new IllegalStateException(RESOURCE + " cannot be read from the jar", unreadable);
        }
    }
}
