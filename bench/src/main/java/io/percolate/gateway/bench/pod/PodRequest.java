package io.percolate.gateway.bench.pod;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/** What handlers read of a request; what cannot be read is a {@link PodRefusal}. */
final class PodRequest {
    static final String EPOCH = "X-Placement-Epoch";
    private static final String TENANT = "X-Tenant-Id";
    private static final int TOO_LARGE = 413;

    private PodRequest() {}

    /** The epoch that the request was sent under; a refusal where there is none. */
    static long requiredEpoch(HttpServerRequest request) {
        String epoch = request.requestHeaders().get(EPOCH);
        if (epoch == null) {
            throw PodRefusal.badRequest(EPOCH + " is missing");
        }
        return number(epoch, EPOCH, 1, Long.MAX_VALUE);
    }

    /** The epoch, 0 where it is missing or no number: no tenant is ever hosted under 0. */
    static long epochOrNone(HttpServerRequest request) {
        String epoch = request.requestHeaders().get(EPOCH, "0");
        try {
            return Long.parseLong(epoch);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    static Optional<TenantId> tenant(HttpServerRequest request) {
        return Optional.ofNullable(request.requestHeaders().get(TENANT)).flatMap(TenantId::parse);
    }

    static long number(@Nullable String text, String name, long min, long max) {
        try {
            long value = Long.parseLong(String.valueOf(text));
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Refused below, with what was expected.
        }
        throw PodRefusal.badRequest(name + ": expected a number from " + min + " to " + max + ", got '" + text + "'");
    }

    static long queryNumber(QueryStringDecoder query, String name, long defaultValue, long min, long max) {
        List<String> values = query.parameters().getOrDefault(name, List.of());
        return values.isEmpty() ? defaultValue : number(values.getFirst(), name, min, max);
    }

    /** The whole body, for handlers that state how large it may be. */
    static Mono<byte[]> body(HttpServerRequest request, int bytesMax) {
        return request.receive()
                .map(ByteBufUtil::getBytes)
                .collect(ByteArrayOutputStream::new, (all, part) -> {
                    if (all.size() + part.length > bytesMax) {
                        throw new PodRefusal(TOO_LARGE, "expected a body of at most " + bytesMax + " bytes");
                    }
                    all.writeBytes(part);
                })
                .map(ByteArrayOutputStream::toByteArray);
    }
}
