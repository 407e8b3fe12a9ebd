package io.percolate.gateway.proxy.ops;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/** Reads the small body of a request, whole. */
final class OpsBody {
    static final int BYTES_MAX = 64 * 1024;
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private OpsBody() {}

    /** The body; empty when there is none. Errors with {@link OpsRefusal}: 413 when too large, 408 when too slow. */
    static Mono<byte[]> of(HttpServerRequest request) {
        String declared = request.requestHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
        if (declared != null && declared.length() > String.valueOf(BYTES_MAX).length()) {
            return Mono.error(tooLarge());
        }
        return request.receive()
                .asByteArray()
                .collect(ByteArrayOutputStream::new, (body, chunk) -> {
                    if (body.size() + chunk.length > BYTES_MAX) {
                        throw tooLarge();
                    }
                    body.write(chunk, 0, chunk.length);
                })
                .map(ByteArrayOutputStream::toByteArray)
                .timeout(DEADLINE, Mono.error(() -> new OpsRefusal(408, "the body did not come within " + DEADLINE)));
    }

    private static OpsRefusal tooLarge() {
        return new OpsRefusal(413, "a body has at most " + BYTES_MAX + " bytes here");
    }
}
