package io.percolate.gateway.admin.health;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.warmup.wake.Wake;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Wakes the tenants of tier A that were in the memory of lost pods, so many at a time; where each goes is the wake's matter.
 * One that cannot be woken yet, since its newest data are on the lost pod's disk, is tried again: at the latest after half a
 * minute, and at once when its pod is back.
 */
public final class LostTenants {
    private static final Logger log = LoggerFactory.getLogger(LostTenants.class);
    private static final int OF_ONE_LOOK_MAX = 1_000;

    private static final String DUE = """
            SELECT tenant_id FROM lost_tenants WHERE retry_at <= clock_timestamp() ORDER BY retry_at LIMIT $1
            """;

    private static final String LATER = """
            UPDATE lost_tenants SET attempts = attempts + 1,
                retry_at = clock_timestamp() + LEAST(30, 0.5 * 2 ^ LEAST(attempts, 10)) * interval '1 second'
            WHERE tenant_id = $1
            """;

    private static final String FORGET = "DELETE FROM lost_tenants WHERE tenant_id = $1";

    private final HealthConfig config;
    private final ManagementDatabase database;
    private final RouteDirectory directory;
    private final Wake wake;
    private final MeterRegistry meters;

    public LostTenants(
            HealthConfig config,
            ManagementDatabase database,
            RouteDirectory directory,
            Wake wake,
            MeterRegistry meters) {
        this.config = config;
        this.database = database;
        this.directory = directory;
        this.wake = wake;
        this.meters = meters;
    }

    /** Wakes whoever is due; errors when the database does not answer. */
    public Mono<Void> run() {
        return database.query(
                        DUE,
                        row -> new TenantId(Objects.requireNonNull(row.get("tenant_id", UUID.class))),
                        OF_ONE_LOOK_MAX)
                .flatMapMany(Flux::fromIterable)
                .flatMap(this::wake, config.wakesMax())
                .then();
    }

    private Mono<Void> wake(TenantId tenant) {
        return directory
                .refresh(tenant)
                .flatMap(lookup -> switch (lookup) {
                    case RouteLookup.Known(var route)
                    when route.status() == TenantStatus.ACTIVE && route.residency() != Residency.HOT ->
                        wake.wake(route).thenReturn("woken");
                    case RouteLookup.Known _ -> Mono.just("needless");
                    case RouteLookup.Unknown _ -> Mono.just("needless");
                })
                .flatMap(outcome -> {
                    counted(outcome);
                    return database.update(FORGET, tenant.value());
                })
                .onErrorResume(error -> {
                    counted("failed");
                    log.info("tenant {} of a lost pod is not woken yet: {}", tenant, error.getMessage());
                    return database.update(LATER, tenant.value());
                })
                .then();
    }

    private void counted(String outcome) {
        meters.counter("lost.tenants.wakes", "outcome", outcome).increment();
    }
}
