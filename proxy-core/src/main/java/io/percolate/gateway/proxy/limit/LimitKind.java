package io.percolate.gateway.proxy.limit;

import io.percolate.gateway.routing.failure.FailureKind;
import org.jspecify.annotations.Nullable;

/** Which limit refuses a request. */
public enum LimitKind {
    RATE(FailureKind.TENANT_RATE_EXCEEDED, "requests", "the tenant has sent as many requests as it may for now"),
    CONCURRENCY(
            FailureKind.TENANT_CONCURRENCY_EXCEEDED,
            "concurrent",
            "the tenant has as many requests under way at once as it may"),
    CONNECTIONS(
            FailureKind.TENANT_CONNECTION_RATE_EXCEEDED,
            "connections",
            "the tenant has opened as many connections as it may for now"),
    MONTH(FailureKind.TENANT_MONTH_SPENT, "month", "the tenant has sent as many requests as it may this month"),
    /** For a while, since it took too much while others waited. */
    SHARE(
            FailureKind.TENANT_RATE_EXCEEDED,
            "share",
            "the tenant has sent as many requests as it may while others wait for room");

    private final FailureKind failure;
    private final String policy;
    private final String detail;

    LimitKind(FailureKind failure, String policy, String detail) {
        this.failure = failure;
        this.policy = policy;
        this.detail = detail;
    }

    /** Whether a limit of the tenant's is behind a failure. */
    public static boolean isBehind(@Nullable FailureKind failure) {
        return switch (failure) {
            case TENANT_RATE_EXCEEDED,
                    TENANT_CONCURRENCY_EXCEEDED,
                    TENANT_CONNECTION_RATE_EXCEEDED,
                    TENANT_MONTH_SPENT,
                    TENANT_MONTH_UNPAID,
                    TENANT_MONTH_FORBIDDEN -> true;
            case null, default -> false;
        };
    }

    /** Of a month, the configured one takes its place. */
    FailureKind failure() {
        return failure;
    }

    /** What clients know it by. */
    String policy() {
        return policy;
    }

    String detail() {
        return detail;
    }
}
