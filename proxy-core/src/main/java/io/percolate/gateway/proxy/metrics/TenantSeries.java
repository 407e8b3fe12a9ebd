package io.percolate.gateway.proxy.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.function.LongSupplier;

/** The only series that carry a tenant: those of the busiest, made afresh for each scrape so that none stays behind. */
final class TenantSeries implements Collector {
    private final String name;
    private final String help;
    private final TenantTraffic traffic;
    private final LongSupplier nanoTime;

    TenantSeries(String name, String help, TenantTraffic traffic, LongSupplier nanoTime) {
        this.name = name;
        this.help = help;
        this.traffic = traffic;
        this.nanoTime = nanoTime;
    }

    @Override
    public MetricSnapshot collect() {
        GaugeSnapshot.Builder series = GaugeSnapshot.builder().name(name).help(help);
        for (TenantTraffic.Share share : traffic.busiest(nanoTime.getAsLong())) {
            series.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(Labels.of("tenant", share.tenant().toString()))
                    .value((double) share.requests())
                    .build());
        }
        return series.build();
    }
}
