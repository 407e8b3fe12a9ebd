package io.percolate.gateway.admin.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.admin.auth.Principal;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One request that was found to be allowed, its body read. */
public final class Call {
    private final Caller caller;
    private final Map<String, String> pathParameters;
    private final Map<String, List<String>> queryParameters;
    private final HttpHeaders headers;
    private final byte[] body;

    Call(
            Caller caller,
            Map<String, String> pathParameters,
            Map<String, List<String>> queryParameters,
            HttpHeaders headers,
            byte[] body) {
        this.caller = caller;
        this.pathParameters = pathParameters;
        this.queryParameters = queryParameters;
        this.headers = headers;
        this.body = body;
    }

    /**
     * Who calls, for the audit log.
     *
     * @param principal null on routes that are open to all
     * @param address the peer's; null where the transport has none
     */
    public record Caller(
            @Nullable Principal principal,
            @Nullable InetAddress address,
            @Nullable String userAgent,
            String requestId) {
        /** Of whose token it is; null on routes that are open to all. */
        public @Nullable String name() {
            return principal == null ? null : principal.name();
        }
    }

    public Caller caller() {
        return caller;
    }

    /** The tenant that the path names; a {@code FIELDS_INVALID} problem when it is not a UUID. */
    public TenantId tenant() {
        String text = pathParameters.getOrDefault("id", "");
        return TenantId.parse(text)
                .orElseThrow(() ->
                        Problem.ofField("id", "expected a tenant id (UUID)").toException());
    }

    /** The UUID that the path names; a {@code FIELDS_INVALID} problem when it is none. */
    public UUID id(String what) {
        try {
            return UUID.fromString(pathParameters.getOrDefault("id", ""));
        } catch (IllegalArgumentException notUuid) {
            throw Problem.ofField("id", "expected the id of " + what + " (UUID)")
                    .toException(notUuid);
        }
    }

    /** What the path names, where it is no UUID. */
    public String name() {
        return pathParameters.getOrDefault("id", "");
    }

    /** A segment of the path that may be any text; percent-decoded. */
    public String segment(String name) {
        String raw = pathParameters.getOrDefault(name, "");
        try {
            return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            throw Problem.ofField(name, "is not percent-encoded: " + malformed.getMessage())
                    .toException(malformed);
        }
    }

    public Query query() {
        return new Query(queryParameters);
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name)).map(String::strip);
    }

    /** The body as one JSON object; a {@code BODY_MALFORMED} problem when it is not. */
    public ObjectNode json() {
        return Json.readObject(body);
    }
}
