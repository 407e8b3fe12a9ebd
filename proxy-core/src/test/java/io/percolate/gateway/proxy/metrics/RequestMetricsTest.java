package io.percolate.gateway.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.Timelines;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestMetricsTest {
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final RequestMetrics requests = new RequestMetrics(metrics.registry());

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void countsAndTimesARequestUnderItsLabels() {
        requests.completed(Timelines.answeredByPod());
        requests.completed(Timelines.answeredByPod());

        assertThat(scrape())
                .contains("router_requests_total{answered_by=\"pod\",status=\"2xx\",tier=\"A\"} 2.0")
                .contains("router_request_duration_seconds_bucket{answered_by=\"pod\",tier=\"A\",le=\"0.01\"} 0")
                .contains("router_request_duration_seconds_bucket{answered_by=\"pod\",tier=\"A\",le=\"0.025\"} 2")
                .contains("router_request_duration_seconds_count{answered_by=\"pod\",tier=\"A\"} 2")
                .contains("router_request_phase_seconds_count{phase=\"authenticate\"} 2")
                .contains("router_request_phase_seconds_bucket{phase=\"first_byte\",le=\"0.01\"} 2")
                .contains("router_request_bytes_total 20.0")
                .contains("router_response_bytes_total 600.0");
    }

    @Test
    void keepsTheWholeRangeOfBuckets() {
        requests.completed(Timelines.answeredByPod());

        assertThat(scrape())
                .contains("router_request_duration_seconds_bucket{answered_by=\"pod\",tier=\"A\",le=\"5.0E-4\"}")
                .contains("router_request_duration_seconds_bucket{answered_by=\"pod\",tier=\"A\",le=\"60.0\"}");
    }

    @Test
    void countsARequestThatFailedBeforeItsTenantWasKnown() {
        RequestTimeline refused = new RequestTimeline();
        refused.startedNanos = 1;
        refused.completedNanos = 50_001;
        refused.status = 401;
        refused.answeredBy = AnsweredBy.GATEWAY;
        refused.failure = FailureKind.TOKEN_EXPIRED;

        requests.completed(refused);

        assertThat(scrape())
                .contains("router_requests_total{answered_by=\"gateway\",status=\"4xx\",tier=\"none\"} 1.0")
                .contains("router_request_failures_total{kind=\"token_expired\"} 1.0")
                .contains("router_request_phase_seconds_count{phase=\"authenticate\"} 0");
    }

    @Test
    void countsARequestWhoseClientWentAway() {
        RequestTimeline gone = Timelines.answeredByPod();
        gone.status = 0;
        gone.answeredBy = AnsweredBy.NOBODY;

        requests.completed(gone);

        assertThat(scrape()).contains("router_requests_total{answered_by=\"nobody\",status=\"none\",tier=\"A\"} 1.0");
    }

    @Test
    void countsStatusesOutsideTheStandardClassesAsNone() {
        RequestTimeline strange = Timelines.answeredByPod();
        strange.status = 999;

        requests.completed(strange);

        assertThat(scrape()).contains("router_requests_total{answered_by=\"pod\",status=\"none\",tier=\"A\"} 1.0");
    }

    @Test
    void timesWhatAColdTenantsRequestWaited() {
        RequestTimeline held = Timelines.answeredByPod();
        held.answeredBy = AnsweredBy.POD_AFTER_HOLD;
        RequestTimeline fromContext = Timelines.answeredByPod();
        fromContext.answeredBy = AnsweredBy.CONTEXT;

        requests.completed(held);
        requests.completed(fromContext);

        assertThat(scrape())
                .contains("router_cold_start_wait_seconds_count{answered_by=\"pod_after_hold\",tier=\"A\"} 1")
                .contains(
                        "router_cold_start_wait_seconds_bucket{answered_by=\"pod_after_hold\",tier=\"A\",le=\"0.005\"} 1")
                .contains("router_cold_start_wait_seconds_bucket{answered_by=\"context\",tier=\"A\",le=\"0.005\"} 0")
                .contains("router_cold_start_wait_seconds_bucket{answered_by=\"context\",tier=\"A\",le=\"0.025\"} 1");
    }

    @Test
    void hasEveryKindOfFailureFromTheStart() {
        String text = scrape();

        for (FailureKind kind : FailureKind.values()) {
            assertThat(text)
                    .contains("router_request_failures_total{kind=\""
                            + kind.name().toLowerCase(Locale.ROOT) + "\"} 0.0");
        }
    }

    private String scrape() {
        return metrics.exposition(null).text();
    }
}
