package io.percolate.gateway.admin.health;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.warmup.wake.Wake;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * Wakes the tenants of tier A that were in the memory of lost pods, so many at a time; where each goes is the wake's matter.
 * One that cannot be woken yet, since its newest data are on the lost pod's disk, is tried again: at the latest after half a
 * minute, and at once when its pod is back.
 */
public final class LostTenants {
    private static final Logger log = LoggerFactory.getLogger(LostTenants.class);
    private static final int OF_ONE_LOOK_MAX = 1_000;
    /** Of one attempt; the wake goes on, and the next attempt joins it. */
    private static final Duration ATTEMPT_MAX = Duration.ofSeconds(10);

    private static final String DUE = """
            SELECT tenant_id, attempts FROM lost_tenants WHERE retry_at <= clock_timestamp()
            ORDER BY attempts, retry_at LIMIT $1
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
    private final ConcurrentMap<TenantId, Disposable> running = new ConcurrentHashMap<>();
    /** Who was due at the last look and has not begun; the next begins when one that runs has ended. */
    private final Queue<Due> waiting = new ConcurrentLinkedQueue<>();

    private volatile boolean stopped;

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

    /** Begins to wake whoever is due, as far as there is room; errors when the database does not answer. */
    public Mono<Void> run() {
        return database.query(DUE, Due::of, OF_ONE_LOOK_MAX)
                .doOnNext(due -> {
                    waiting.clear();
                    waiting.addAll(due);
                    fill();
                })
                .then();
    }

    /** Ends what is under way; wakes go on by themselves. */
    public void stop() {
        stopped = true;
        waiting.clear();
        running.values().forEach(Disposable::dispose);
    }

    private record Due(TenantId tenant, boolean first) {
        static Due of(Readable row) {
            return new Due(
                    new TenantId(Objects.requireNonNull(row.get("tenant_id", UUID.class))),
                    Objects.requireNonNull(row.get("attempts", Integer.class)) == 0);
        }
    }

    /** Begins as many as there is room for. Called by several threads, so that it may be one too many for each of them. */
    private void fill() {
        for (Due next = waiting.peek(); next != null && !stopped && hasRoom(next); next = waiting.peek()) {
            if (waiting.remove(next)) {
                begin(next);
            }
        }
    }

    /** Those that wait for a pod that is away leave room for those of a pod that was lost just now. */
    private boolean hasRoom(Due due) {
        return running.size() < (due.first() ? config.wakesMax() : Math.max(1, config.wakesMax() / 2));
    }

    private void begin(Due due) {
        Disposable.Swap handle = Disposables.swap();
        if (running.putIfAbsent(due.tenant(), handle) != null) {
            return;
        }
        handle.update(wake(due.tenant())
                .doFinally(signal -> {
                    running.remove(due.tenant(), handle);
                    fill();
                })
                .subscribe(
                        done -> {}, error -> log.warn("tenant {} of a lost pod: {}", due.tenant(), error.toString())));
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
                .timeout(ATTEMPT_MAX)
                .flatMap(outcome -> {
                    counted(outcome);
                    return database.update(FORGET, tenant.value());
                })
                .onErrorResume(error -> !(error instanceof DatabaseException), error -> {
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
