package io.percolate.gateway.admin.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.percolate.gateway.admin.auth.Principal;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is remembered of requests: a line for each that was not open to all, and the metrics. */
final class RequestLog {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);

    private final MeterRegistry meters;

    RequestLog(MeterRegistry meters) {
        this.meters = meters;
    }

    /** The path without its query, in which people may search for people. */
    void request(
            String method,
            String path,
            @Nullable Route route,
            @Nullable Principal principal,
            int status,
            long nanos,
            String requestId) {
        // Templates of routes and a closed list of methods: paths and invented methods would grow without bound.
        Timer.builder("admin_request_duration")
                .description("requests of the management API, from head to answer")
                .tag("method", route == null ? "none" : route.method())
                .tag("route", route == null ? "none" : route.template())
                .tag("status", Integer.toString(status))
                .publishPercentileHistogram(false)
                .register(meters)
                .record(nanos, TimeUnit.NANOSECONDS);
        if (route == null || route.scope() != null) {
            LOG.info(
                    "{} {} {} in {} ms by {} ({})",
                    method,
                    path,
                    status,
                    TimeUnit.NANOSECONDS.toMillis(nanos),
                    principal == null ? "nobody" : principal.name(),
                    requestId);
        }
    }

    void problem(ProblemKind kind) {
        meters.counter("admin_problems", "kind", Problems.code(kind)).increment();
    }
}
