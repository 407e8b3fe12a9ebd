package io.percolate.gateway.admin.main;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Reply;
import reactor.core.publisher.Mono;

/** {@code /metrics}: for Prometheus. */
final class MetricsResource {
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry meters;

    MetricsResource(PrometheusMeterRegistry meters) {
        this.meters = meters;
    }

    Mono<Reply> get(Call call) {
        return Mono.fromSupplier(() -> Reply.text(200, CONTENT_TYPE, meters.scrape(CONTENT_TYPE)));
    }
}
