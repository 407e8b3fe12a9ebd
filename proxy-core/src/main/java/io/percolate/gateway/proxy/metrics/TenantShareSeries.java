package io.percolate.gateway.proxy.metrics;

import io.percolate.gateway.proxy.noise.TenantMeasure;
import io.percolate.gateway.proxy.noise.TenantShares;
import io.percolate.gateway.proxy.noise.TopTenants;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Locale;

/** The parts of the tenants that take most, made afresh for each scrape so that no series of a tenant stays behind. */
final class TenantShareSeries implements Collector {
    private final TenantShares shares;

    TenantShareSeries(TenantShares shares) {
        this.shares = shares;
    }

    @Override
    public MetricSnapshot collect() {
        GaugeSnapshot.Builder series = GaugeSnapshot.builder()
                .name("router_tenant_share")
                .help(
                        "Parts of all requests, errors, time and bytes of the last window, of the tenants with most only");
        TopTenants top = shares.top();
        for (TenantMeasure measure : TenantMeasure.values()) {
            for (TopTenants.Share share : top.of(measure)) {
                series.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(Labels.of(
                                "measure",
                                measure.name().toLowerCase(Locale.ROOT),
                                "tenant",
                                share.tenant().toString()))
                        .value(share.part())
                        .build());
            }
        }
        return series.build();
    }
}
