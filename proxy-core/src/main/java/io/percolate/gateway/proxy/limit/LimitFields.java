package io.percolate.gateway.proxy.limit;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a client is told of its tenant's limits: {@code RateLimit-Policy} and {@code RateLimit}
 * (draft-ietf-httpapi-ratelimit-headers-10), lists of strings with parameters (RFC 9651).
 */
final class LimitFields {
    private static final String POLICY = "RateLimit-Policy";
    private static final String STATE = "RateLimit";

    private LimitFields() {}

    /** What holds, and what is left of it. */
    static Map<String, String> of(HeldLimits limits, long remaining, int gateways) {
        Map<String, String> fields = policies(limits, gateways);
        if (limits.intervalNanos() > 0) {
            long missing = Math.max(0, limits.burst() - remaining);
            fields.put(STATE, state(LimitKind.RATE, remaining, missing * limits.intervalNanos()));
        }
        return fields;
    }

    /** What holds, and what is spent of it. */
    static Map<String, String> ofRefusal(HeldLimits limits, LimitKind spent, Duration retryAfter, int gateways) {
        Map<String, String> fields = policies(limits, gateways);
        fields.put(STATE, state(spent, 0, retryAfter.toNanos()));
        return fields;
    }

    private static Map<String, String> policies(HeldLimits limits, int gateways) {
        StringBuilder text = new StringBuilder(96);
        if (limits.intervalNanos() > 0) {
            add(text, LimitKind.RATE)
                    .append(";q=")
                    .append(limits.burst())
                    .append(";w=")
                    .append(seconds(limits.depthNanos()));
        }
        if (limits.concurrentRequests() > 0) {
            add(text, LimitKind.CONCURRENCY)
                    .append(";q=")
                    .append((limits.concurrentRequests() + gateways - 1) / gateways)
                    .append(";qu=\"concurrent-requests\"");
        }
        if (limits.connectionsPerSecond() > 0) {
            add(text, LimitKind.CONNECTIONS)
                    .append(";q=")
                    .append(limits.connectionsPerSecond())
                    .append(";qu=\"connections\";w=1");
        }
        if (limits.requestsPerMonth() != 0) {
            add(text, LimitKind.MONTH).append(";q=").append(Math.max(0, limits.requestsPerMonth()));
        }
        Map<String, String> fields = new LinkedHashMap<>();
        if (!text.isEmpty()) {
            fields.put(POLICY, text.toString());
        }
        return fields;
    }

    private static StringBuilder add(StringBuilder text, LimitKind kind) {
        return text.append(text.isEmpty() ? "" : ", ")
                .append('"')
                .append(kind.policy())
                .append('"');
    }

    private static String state(LimitKind kind, long remaining, long resetNanos) {
        return '"' + kind.policy() + "\";r=" + remaining + ";t=" + seconds(resetNanos);
    }

    private static long seconds(long nanos) {
        return Math.max(1, (nanos + TimeUnit.SECONDS.toNanos(1) - 1) / TimeUnit.SECONDS.toNanos(1));
    }
}
