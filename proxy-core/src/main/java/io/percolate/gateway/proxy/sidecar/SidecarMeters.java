package io.percolate.gateway.proxy.sidecar;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.proxy.engine.relay.RelayFault;
import io.percolate.gateway.proxy.sidecar.host.HostedTenants;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What a sidecar counts; no label has a tenant in it. */
final class SidecarMeters {
    private static final int CLASSES = 6;

    private final Counter[] requests = new Counter[CLASSES];
    private final Counter misdirected;
    private final Map<RelayFault, Counter> faults = new EnumMap<>(RelayFault.class);

    SidecarMeters(MeterRegistry registry) {
        for (int i = 0; i < CLASSES; i++) {
            requests[i] = Counter.builder("sidecar_requests_total")
                    .description("requests of tenants that went to the application, by the status of the answer")
                    .tag("status", i == 0 ? "broken_off" : i + "xx")
                    .register(registry);
        }
        misdirected = Counter.builder("sidecar_misdirected_total")
                .description("requests that the fence kept away from the application")
                .register(registry);
        for (RelayFault fault : RelayFault.values()) {
            faults.put(
                    fault,
                    Counter.builder("sidecar_faults_total")
                            .description("requests that got no answer of the application, by why")
                            .tag("kind", fault.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
    }

    void watch(HostedTenants tenants, ApplicationHealth health, MeterRegistry registry) {
        Gauge.builder("sidecar_hot_tenants", tenants, HostedTenants::hotCount)
                .description("tenants that are hot or being loaded")
                .register(registry);
        Gauge.builder("sidecar_capacity", tenants, HostedTenants::capacity)
                .description("hot tenants at most")
                .register(registry);
        Gauge.builder("sidecar_in_flight", tenants, HostedTenants::inFlight)
                .description("requests of tenants that are in flight, WebSockets included")
                .register(registry);
        Gauge.builder("sidecar_application_up", health, h -> h.isUp() ? 1 : 0)
                .description("whether the application says that it takes requests")
                .register(registry);
    }

    void answered(int status) {
        requests[Math.clamp(status / 100, 0, CLASSES - 1)].increment();
    }

    void misdirected() {
        misdirected.increment();
    }

    void failed(RelayFault fault) {
        Objects.requireNonNull(faults.get(fault)).increment();
    }
}
