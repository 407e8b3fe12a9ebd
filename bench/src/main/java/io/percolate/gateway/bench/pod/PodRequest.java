package io.percolate.gateway.bench.pod;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.percolate.gateway.proxy.pod.ControlRequest;
import io.percolate.gateway.proxy.pod.PodRefusal;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;

/** What handlers read of a request; what cannot be read is a {@link PodRefusal}. */
final class PodRequest {
    private static final String TENANT = "X-Tenant-Id";

    private PodRequest() {}

    /** The epoch, 0 where it is missing or no number: no tenant is ever hosted under 0. */
    static long epochOrNone(HttpServerRequest request) {
        String epoch = request.requestHeaders().get(ControlRequest.EPOCH, "0");
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
}
