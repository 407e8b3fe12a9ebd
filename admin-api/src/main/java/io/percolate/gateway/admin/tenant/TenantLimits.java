package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.http.Change;
import io.percolate.gateway.admin.http.Fields;
import io.r2dbc.spi.Readable;
import org.jspecify.annotations.Nullable;

/** A tenant's own limits; null where its tier's apply. */
record TenantLimits(
        @Nullable Long requestsPerSecond,
        @Nullable Long burst,
        @Nullable Long concurrentRequests,
        @Nullable Long bodyBytesMax,
        @Nullable Long bandwidthBytesPerSecond,
        @Nullable Long websocketsMax,
        @Nullable Long requestsPerMonth) {

    static final TenantLimits NONE = new TenantLimits(null, null, null, null, null, null, null);

    static final String COLUMNS = "l.requests_per_second, l.burst, l.concurrent_requests, l.body_bytes_max,"
            + " l.bandwidth_bytes_per_second, l.websockets_max, l.requests_per_month";

    /** What a patch says of each limit. */
    record Patch(
            Change<Long> requestsPerSecond,
            Change<Long> burst,
            Change<Long> concurrentRequests,
            Change<Long> bodyBytesMax,
            Change<Long> bandwidthBytesPerSecond,
            Change<Long> websocketsMax,
            Change<Long> requestsPerMonth) {

        /** The bounds are those of the columns. */
        static Patch read(Fields fields) {
            return new Patch(
                    fields.countChange("requests_per_second", 1, Integer.MAX_VALUE),
                    fields.countChange("burst", 1, Integer.MAX_VALUE),
                    fields.countChange("concurrent_requests", 1, Integer.MAX_VALUE),
                    fields.countChange("body_bytes_max", 0, Long.MAX_VALUE),
                    fields.countChange("bandwidth_bytes_per_second", 1, Long.MAX_VALUE),
                    fields.countChange("websockets_max", 0, Integer.MAX_VALUE),
                    fields.countChange("requests_per_month", 0, Long.MAX_VALUE));
        }

        TenantLimits apply(TenantLimits current) {
            return new TenantLimits(
                    requestsPerSecond.of(current.requestsPerSecond),
                    burst.of(current.burst),
                    concurrentRequests.of(current.concurrentRequests),
                    bodyBytesMax.of(current.bodyBytesMax),
                    bandwidthBytesPerSecond.of(current.bandwidthBytesPerSecond),
                    websocketsMax.of(current.websocketsMax),
                    requestsPerMonth.of(current.requestsPerMonth));
        }
    }

    static TenantLimits of(Readable row) {
        return new TenantLimits(
                row.get("requests_per_second", Long.class),
                row.get("burst", Long.class),
                row.get("concurrent_requests", Long.class),
                row.get("body_bytes_max", Long.class),
                row.get("bandwidth_bytes_per_second", Long.class),
                row.get("websockets_max", Long.class),
                row.get("requests_per_month", Long.class));
    }
}
