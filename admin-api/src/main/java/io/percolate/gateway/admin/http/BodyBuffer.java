package io.percolate.gateway.admin.http;

import java.io.ByteArrayOutputStream;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Collects a request's body up to a bound.
 *
 * <p>What lies beyond the bound is read and dropped up to another bound, since a caller that is still sending when its
 * connection closes never sees why.
 */
final class BodyBuffer {
    private static final long DROPPED_BYTES_MAX = 1 << 20;

    private final int bytesMax;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long received;

    private BodyBuffer(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** The whole body, or a {@code BODY_TOO_LARGE} problem. */
    static Mono<byte[]> collect(HttpServerRequest request, int bytesMax) {
        return Mono.defer(() -> {
            BodyBuffer buffer = new BodyBuffer(bytesMax);
            return request.receive().asByteArray().doOnNext(buffer::add).then(Mono.fromSupplier(buffer::whole));
        });
    }

    private void add(byte[] chunk) {
        received += chunk.length;
        if (received <= bytesMax) {
            bytes.writeBytes(chunk);
        } else if (received > bytesMax + DROPPED_BYTES_MAX) {
            throw tooLarge();
        }
    }

    private byte[] whole() {
        if (received > bytesMax) {
            throw tooLarge();
        }
        return bytes.toByteArray();
    }

    private ProblemException tooLarge() {
        return Problem.of(ProblemKind.BODY_TOO_LARGE, "a body has at most " + bytesMax + " bytes")
                .withHeader("Connection", "close")
                .toException();
    }
}
