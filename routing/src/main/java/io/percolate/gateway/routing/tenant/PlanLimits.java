package io.percolate.gateway.routing.tenant;

import org.jspecify.annotations.Nullable;

/**
 * What the tenant's plan grants it beyond, or below, its tier: the row of {@code tenant_limits}. Each is null where the
 * tier's own holds.
 */
public record PlanLimits(
        @Nullable Long requestsPerSecond,
        @Nullable Long burst,
        @Nullable Long concurrentRequests,
        @Nullable Long bodyBytesMax,
        @Nullable Long bandwidthBytesPerSecond,
        @Nullable Long websocketsMax,
        @Nullable Long requestsPerMonth) {

    /** The tier's own limits hold. */
    public static final PlanLimits NONE = new PlanLimits(null, null, null, null, null, null, null);

    /** How many there are. */
    public static final int COUNT = 7;

    /** Selects them as {@code limits}, one value, in a query that knows the tenant as {@code t.id}; null without a row. */
    public static final String SELECT = "(SELECT ARRAY[l.requests_per_second, l.burst, l.concurrent_requests,"
            + " l.body_bytes_max, l.bandwidth_bytes_per_second, l.websockets_max, l.requests_per_month]::bigint[]"
            + " FROM tenant_limits l WHERE l.tenant_id = t.id) AS limits";

    /** Makes them of what {@link #SELECT} has selected, or {@link #values} has listed. */
    public static PlanLimits of(@Nullable Long @Nullable [] row) {
        if (row == null) {
            return NONE;
        }
        if (row.length != COUNT) {
            throw new IllegalArgumentException("expected " + COUNT + " limits, got " + row.length);
        }
        return new PlanLimits(row[0], row[1], row[2], row[3], row[4], row[5], row[6]);
    }

    /** All of them, in the order of the components. */
    public @Nullable Long[] values() {
        return new @Nullable Long[] {
            requestsPerSecond,
            burst,
            concurrentRequests,
            bodyBytesMax,
            bandwidthBytesPerSecond,
            websocketsMax,
            requestsPerMonth
        };
    }
}
