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

/** A key set by URL: one GET on a connection of its own, 200 expected, redirects not followed. */
final class JwksEndpoint implements JwksSource {
    static final int BODY_BYTES_MAX = 512 << 10;
    private static final int STATUS_OK = 200;

    private final URI url;
    private final HttpClient client;

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
        return client.get().uri(url).response(JwksEndpoint::document).next();
    }

    private static Mono<Fetched> document(HttpClientResponse response, ByteBufFlux body) {
        if (response.status().code() != STATUS_OK) {
            return Mono.error(new JwksException(
                    "expected status 200, got " + response.status().code()));
        }
        return body.asByteArray()
                .collect(ByteArrayOutputStream::new, JwksEndpoint::append)
                .map(bytes -> new Fetched.Document(bytes.toString(StandardCharsets.UTF_8)));
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
