package io.percolate.gateway.admin.lifecycle;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.auth.Principal;
import io.percolate.gateway.admin.auth.Scope;
import io.percolate.gateway.admin.http.Call.Caller;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.eviction.Departing;
import io.percolate.gateway.warmup.eviction.Eviction;
import io.percolate.gateway.warmup.eviction.EvictionOutcome;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Evictions as this process does them: counted, audited, and not repeated at once where they failed. */
public final class Evictions {
    private static final Logger log = LoggerFactory.getLogger(Evictions.class);
    private static final Principal LIFE_CYCLE = new Principal("life-cycle", Scope.WRITE);
    private static final long TENANTS_LEFT_ALONE_MAX = 100_000;

    private final Eviction eviction;
    private final ManagementDatabase database;
    private final MeterRegistry meters;
    private final Cache<TenantId, EvictionOutcome> leftAlone;

    public Evictions(Eviction eviction, ManagementDatabase database, MeterRegistry meters, Duration retryAfter) {
        this.eviction = eviction;
        this.database = database;
        this.meters = meters;
        this.leftAlone = Caffeine.newBuilder()
                .maximumSize(TENANTS_LEFT_ALONE_MAX)
                .expireAfterWrite(retryAfter)
                .build();
    }

    /** The tenant as its row is now; empty where there is nothing to evict. */
    public Mono<Optional<Departing>> find(TenantId tenant) {
        return eviction.find(tenant);
    }

    /** Because somebody asked for it, whenever the tenant was used. */
    public Mono<EvictionOutcome> now(Departing tenant, Residency to) {
        return step(tenant, to, Duration.ZERO, EvictionReason.REQUESTED);
    }

    /** Whether an attempt failed a short while ago. */
    boolean isLeftAlone(TenantId tenant) {
        return leftAlone.getIfPresent(tenant) != null;
    }

    /** Out of its pod, since no pod of its tier is to stay. Never errors. */
    public Mono<EvictionOutcome> forScaleDown(Departing tenant) {
        return isLeftAlone(tenant.tenant())
                ? Mono.just(EvictionOutcome.CHANGED)
                : bySelf(tenant, Residency.COLD, Duration.ZERO, EvictionReason.SCALE_DOWN);
    }

    /** From the disk of a pod that everybody leaves. Never errors. */
    public Mono<EvictionOutcome> forDrain(Departing tenant) {
        return bySelf(tenant, Residency.COLD, Duration.ZERO, EvictionReason.DRAIN);
    }

    /** By itself, unless the tenant was used within {@code idle}. Never errors. */
    Mono<EvictionOutcome> bySelf(Departing tenant, Residency to, Duration idle, EvictionReason reason) {
        return step(tenant, to, idle, reason)
                .flatMap(outcome -> outcome == EvictionOutcome.DONE
                        ? audit(tenant, to, reason).thenReturn(outcome)
                        : Mono.just(outcome))
                .doOnNext(outcome -> {
                    if (outcome != EvictionOutcome.DONE) {
                        leftAlone.put(tenant.tenant(), outcome);
                    }
                })
                .onErrorResume(error -> {
                    log.warn("the eviction of tenant {} failed: {}", tenant.tenant(), error.toString());
                    leftAlone.put(tenant.tenant(), EvictionOutcome.LOST);
                    return Mono.just(EvictionOutcome.LOST);
                });
    }

    private Mono<EvictionOutcome> step(Departing tenant, Residency to, Duration idle, EvictionReason reason) {
        return (to == Residency.COLD ? eviction.toCold(tenant, idle) : eviction.toWarm(tenant, idle))
                .doOnNext(outcome -> meters.counter(
                                "evictions",
                                "tier",
                                tenant.tier().name(),
                                "to",
                                Label.of(to),
                                "reason",
                                reason.label(),
                                "outcome",
                                outcome.label())
                        .increment());
    }

    private Mono<Long> audit(Departing tenant, Residency to, EvictionReason reason) {
        return AuditLog.append(
                database,
                new Caller(LIFE_CYCLE, null, null, UUID.randomUUID().toString()),
                AuditAction.TENANT_EVICTED,
                tenant.tenant(),
                Json.newObject()
                        .put("to", Label.of(to))
                        .put("reason", reason.label())
                        .put("pod", tenant.pod().value())
                        .put("epoch", tenant.epoch()));
    }
}
