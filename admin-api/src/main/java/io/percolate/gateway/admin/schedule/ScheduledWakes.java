package io.percolate.gateway.admin.schedule;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.warmup.wake.Wake;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Wakes the tenants whose schedule says so, a few at a time.
 *
 * <p>A schedule moves on only after its wake, so that one cut off is repeated; waking who is hot already costs nothing. A
 * wake that failed, or that is later than {@link #LATE_MAX}, is left out: it was meant to come before somebody asked.
 */
public final class ScheduledWakes {
    private static final Logger log = LoggerFactory.getLogger(ScheduledWakes.class);
    private static final Duration LATE_MAX = Duration.ofHours(1);
    private static final int DUE_MAX = 1_000;

    private static final String DUE = "SELECT tenant_id, " + WakeSchedule.COLUMNS
            + " FROM tenant_wake_schedules WHERE next_wake_at <= $1 ORDER BY next_wake_at LIMIT " + DUE_MAX;
    /** Unless somebody has changed it meanwhile. */
    private static final String MOVE_ON =
            "UPDATE tenant_wake_schedules SET next_wake_at = $3 WHERE tenant_id = $1 AND next_wake_at = $2";

    private final ManagementDatabase database;
    private final RouteDirectory routes;
    private final Wake wake;
    private final int concurrency;
    private final Clock clock;
    private final MeterRegistry meters;

    public ScheduledWakes(
            ManagementDatabase database,
            RouteDirectory routes,
            Wake wake,
            int concurrency,
            Clock clock,
            MeterRegistry meters) {
        this.database = database;
        this.routes = routes;
        this.wake = wake;
        this.concurrency = concurrency;
        this.clock = clock;
        this.meters = meters;
    }

    private record Due(TenantId tenant, WakeSchedule schedule, Instant at) {}

    /** Errors when the database does not answer. */
    public Mono<Void> run() {
        return database.<Due>query(
                        DUE,
                        row -> new Due(
                                new TenantId(Objects.requireNonNull(row.get("tenant_id", UUID.class))),
                                WakeSchedule.of(row),
                                Objects.requireNonNull(row.get("next_wake_at", Instant.class))),
                        clock.instant())
                .flatMapIterable((List<Due> due) -> due)
                .flatMap(this::handle, concurrency)
                .then();
    }

    private Mono<Void> handle(Due due) {
        Instant now = clock.instant();
        boolean late = due.at().plus(LATE_MAX).isBefore(now);
        return (late ? Mono.just("late") : wake(due.tenant()))
                .doOnNext(outcome ->
                        meters.counter("wakes.ahead", "outcome", outcome).increment())
                .flatMap(outcome -> database.update(
                        MOVE_ON, due.tenant().value(), due.at(), due.schedule().nextAfter(now)))
                .then();
    }

    private Mono<String> wake(TenantId tenant) {
        return routes.lookup(tenant)
                .flatMap(lookup -> switch (lookup) {
                    case RouteLookup.Unknown _ -> Mono.just("unknown");
                    case RouteLookup.Known(TenantRoute route) -> {
                        if (route.status() != TenantStatus.ACTIVE) {
                            yield Mono.just("inactive");
                        }
                        if (route.residency() == Residency.HOT && !route.isMisplaced()) {
                            yield Mono.just("hot_already");
                        }
                        yield wake.wake(route).thenReturn("woken");
                    }
                })
                .onErrorResume(FailureException.class, failed -> {
                    log.warn("tenant {} could not be woken ahead: {}", tenant, failed.getMessage());
                    return Mono.just("failed");
                });
    }
}
