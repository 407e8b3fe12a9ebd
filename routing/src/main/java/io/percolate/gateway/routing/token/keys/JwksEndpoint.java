package io.percolate.gateway.routing.token.keys;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

/**
 * A key set by URL: one GET on a connection of its own, 200 expected, redirects not followed. Conditional where the last
 * answer had an entity tag (RFC 9110, section 13.1.2), so that asking often costs the issuer little.
 */
final class JwksEndpoint implements JwksSource {
    static final int BODY_BYTES_MAX = 512 << 10;
    private static final int STATUS_OK = 200;
    private static final int STATUS_NOT_MODIFIED = 304;
    private static final int TAG_LENGTH_MAX = 256;

    private final URI url;
    private final HttpClient client;
    /** Of the last document; empty where it had none. */
    private volatile String tag = "";

    JwksEndpoint(URI url, Duration timeout) {
        this.url = url;
        this.client = HttpClient.newConnection()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(timeout.toMillis()))
                .responseTimeout(timeout)
                .headers(headers -> headers.set(HttpHeaderNames.ACCEPT, "application/jwk-set+json, application/json")
                        .set(HttpHeaderNames.USER_AGENT, "percolate-gateway"));
    }

    @Override
    public Mono<Fetched> fetch(boolean whole) {
        return Mono.defer(() -> {
            String known = whole ? "" : tag;
            HttpClient asking = known.isEmpty()
                    ? client
                    : client.headers(headers -> headers.set(HttpHeaderNames.IF_NONE_MATCH, known));
            return asking.get()
                    .uri(url)
                    .response((response, body) -> document(response, body, !known.isEmpty()))
                    .next();
        });
    }

    private Mono<Fetched> document(HttpClientResponse response, ByteBufFlux body, boolean isConditional) {
        if (isConditional && response.status().code() == STATUS_NOT_MODIFIED) {
            return Mono.just(new Fetched.Unchanged());
        }
        if (response.status().code() != STATUS_OK) {
            return Mono.error(new JwksException(
                    "expected status 200, got " + response.status().code()));
        }
        return body.asByteArray()
                .collect(ByteArrayOutputStream::new, JwksEndpoint::append)
                .doOnNext(bytes -> tag = entityTag(response))
                .map(bytes -> new Fetched.Document(bytes.toString(StandardCharsets.UTF_8)));
    }

    private static String entityTag(HttpClientResponse response) {
        String given = response.responseHeaders().get(HttpHeaderNames.ETAG, "");
        return given.length() > TAG_LENGTH_MAX ? "" : given;
    }

    private static void append(ByteArrayOutputStream bytes, byte[] part) {
        if (bytes.size() + part.length > BODY_BYTES_MAX) {
            throw new JwksException("expected at most " + BODY_BYTES_MAX + " bytes, got more");
        }
        bytes.writeBytes(part);
    }

    @Override
    public String toString() {
        return url.toString();
    }
}
