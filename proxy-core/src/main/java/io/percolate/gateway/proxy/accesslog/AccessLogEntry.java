package io.percolate.gateway.proxy.accesslog;

import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import org.jspecify.annotations.Nullable;

/** What the log says of one request; a copy, because a timeline belongs to its event loop. */
record AccessLogEntry(
        long endedMillis,
        long durationNanos,
        String clientAddress,
        String method,
        String target,
        String protocol,
        String requestId,
        @Nullable TenantId tenant,
        @Nullable Tier tier,
        @Nullable PodId pod,
        int status,
        AnsweredBy answeredBy,
        @Nullable FailureKind failure,
        long requestBodyBytes,
        long responseBodyBytes,
        boolean complete,
        int tries,
        long deadlineNanos,
        @Nullable WebSocketEnd webSocketEnd,
        int closeCode) {

    static AccessLogEntry of(RequestTimeline timeline, long endedMillis) {
        return new AccessLogEntry(
                endedMillis,
                timeline.completedNanos - timeline.startedNanos,
                timeline.clientAddress,
                timeline.method,
                timeline.target,
                timeline.protocol,
                timeline.requestId,
                timeline.tenant,
                timeline.tier,
                timeline.pod,
                timeline.status,
                timeline.answeredBy,
                timeline.failure,
                timeline.requestBodyBytes,
                timeline.responseBodyBytes,
                timeline.complete,
                timeline.tries,
                timeline.deadlineNanos,
                timeline.webSocketEnd,
                timeline.closeCode);
    }
}
