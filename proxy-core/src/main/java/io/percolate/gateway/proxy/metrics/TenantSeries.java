package io.percolate.gateway.proxy.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.function.LongSupplier;

/** The only series that carry a tenant: those of the busiest, made afresh for each scrape so that none stays behind. */
final class TenantSeries implements Collector {
    private static final String NAME = "router_tenant_requests";

    private final TenantTraffic traffic;
    private final LongSupplier nanoTime;

    TenantSeries(TenantTraffic traffic, LongSupplier nanoTime) {
        this.traffic = traffic;
        this.nanoTime = nanoTime;
    }

    @Override
    public MetricSnapshot collect() {
        GaugeSnapshot.Builder series = GaugeSnapshot.builder()
                .name(NAME)
                .help("Requests in the last whole minute, of the busiest tenants only");
        for (TenantTraffic.Share share : traffic.busiest(nanoTime.getAsLong())) {
            series.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(Labels.of("tenant", share.tenant().toString()))
                    .value((double) share.requests())
                    .build());
        }
        return series.build();
    }
}
