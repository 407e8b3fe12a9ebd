package io.percolate.gateway.proxy.limit;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.proxy.usage.MonthlyUsage;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.quota.SharedQuotas;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * The limits of all tenants in one process: who may come in, and why not. Safe for use from any thread.
 *
 * <p>A tenant's requests come in on several event loops, so each tenant has one state of few words that all of them
 * change by compare-and-set. States of tenants not seen lately are given up once nothing is forgiven by that. When there
 * are too many all the same, tenants share states by their ids' hash: they may get less than their limits then, never more.
 */
public final class TenantLimiter {
    private static final Logger LOG = LoggerFactory.getLogger(TenantLimiter.class);
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(2);
    /** A power of two. */
    private static final int SHARED_STATES = 4_096;

    private static final Duration CONCURRENCY_RETRY = Duration.ofSeconds(1);

    private final LimitsConfig config;
    private final SharedQuotas shared;
    private final IntSupplier gateways;
    private final MonthlyUsage usage;
    private final LimitMeters meters = new LimitMeters();
    private final Map<Tier, HeldLimits> ofTiers = new EnumMap<>(Tier.class);
    private final ConcurrentHashMap<TenantId, TenantAllowance> allowances = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicReferenceArray<@Nullable TenantAllowance> sharedStates =
            new AtomicReferenceArray<>(SHARED_STATES);
    private volatile @Nullable Disposable sweeping;

    /** @param gateways how many share what a tenant may use, this one included */
    public TenantLimiter(LimitsConfig config, SharedQuotas shared, IntSupplier gateways, MonthlyUsage usage) {
        this.config = config;
        this.shared = shared;
        this.gateways = gateways;
        this.usage = usage;
        for (Tier tier : Tier.values()) {
            ofTiers.put(tier, HeldLimits.of(tier, config.of(tier), PlanLimits.NONE));
        }
    }

    /** Begins to give up the states of tenants that are not seen any more. */
    public TenantLimiter start(MeterRegistry registry) {
        meters.show(registry, this);
        sweeping = Flux.interval(SWEEP_INTERVAL)
                .onBackpressureDrop()
                .subscribe(
                        tick -> sweep(System.nanoTime()),
                        error -> LOG.error("tenants' states are no longer given up", error));
        return this;
    }

    public void stop() {
        Disposable running = sweeping;
        if (running != null) {
            running.dispose();
        }
    }

    /** Why a request may not come in; null when it may, which it has been told then. */
    public @Nullable Failure refusal(TenantRoute route, long nowNanos, LimitedRequest request) {
        if (!config.enabled()) {
            return null;
        }
        while (true) {
            TenantAllowance allowance = allowance(route, nowNanos);
            allowance.follow(route);
            Entry entry = allowance.enter(route, nowNanos, request.opensConnection());
            if (entry == Entry.ADMITTED) {
                request.admitted(allowance);
                return null;
            }
            LimitKind refusedBy = entry.refusedBy();
            if (refusedBy != null) {
                return failure(refusedBy, route, allowance, nowNanos);
            }
            remove(route.tenant(), allowance);
        }
    }

    private void remove(TenantId tenant, TenantAllowance retired) {
        if (allowances.remove(tenant, retired)) {
            count.decrementAndGet();
        }
    }

    private TenantAllowance allowance(TenantRoute route, long nowNanos) {
        TenantAllowance known = allowances.get(route.tenant());
        return known != null ? known : newAllowance(route, nowNanos);
    }

    private TenantAllowance newAllowance(TenantRoute route, long nowNanos) {
        if (count.incrementAndGet() > config.tenantsMax()) {
            count.decrementAndGet();
            meters.sharedOne();
            return sharedState(route, nowNanos);
        }
        TenantAllowance fresh = new TenantAllowance(this, route.tenant(), held(route), false, nowNanos);
        TenantAllowance earlier = allowances.putIfAbsent(route.tenant(), fresh);
        if (earlier != null) {
            count.decrementAndGet();
            return earlier;
        }
        return fresh;
    }

    private TenantAllowance sharedState(TenantRoute route, long nowNanos) {
        int hash = route.tenant().hashCode();
        int slot = (hash ^ (hash >>> 16)) & (SHARED_STATES - 1);
        TenantAllowance kept = sharedStates.get(slot);
        if (kept != null) {
            return kept;
        }
        TenantAllowance fresh = new TenantAllowance(this, route.tenant(), held(route), true, nowNanos);
        TenantAllowance earlier = sharedStates.compareAndExchange(slot, null, fresh);
        return earlier == null ? fresh : earlier;
    }

    /** Gives up the states of tenants that were not seen lately and owe nothing. */
    void sweep(long nowNanos) {
        // Sooner when there is no room for others.
        long idleNanos = count.get() * 2L > config.tenantsMax() ? 0 : TimeUnit.SECONDS.toNanos(30);
        allowances.forEach((tenant, allowance) -> {
            if (allowance.retire(nowNanos, idleNanos)) {
                remove(tenant, allowance);
            }
        });
    }

    private Failure failure(LimitKind kind, TenantRoute route, TenantAllowance allowance, long nowNanos) {
        meters.refused(route.tier(), kind);
        HeldLimits limits = allowance.limits();
        Duration retryAfter = switch (kind) {
            case RATE -> Duration.ofNanos(allowance.retryNanos(nowNanos));
            case CONCURRENCY, CONNECTIONS, SHARE -> CONCURRENCY_RETRY;
            case MONTH -> usage.untilNextMonth();
        };
        FailureKind failure = kind == LimitKind.MONTH ? config.monthSpent().failure() : kind.failure();
        Failure refusal = Failure.of(failure, kind.detail()).withRetryAfter(retryAfter);
        return config.told() == LimitsConfig.Told.NEVER
                ? refusal
                : refusal.withFields(LimitFields.ofRefusal(limits, kind, retryAfter, gateways()));
    }

    /**
     * Holds a tenant that was seen lately to a rate for a while, in this process, whatever its plan says.
     *
     * @return whether it was not held to any before; false, too, where tenants have no limits
     */
    public boolean throttle(TenantId tenant, long requestsPerSecond, long untilNanos, long nowNanos) {
        TenantAllowance known = allowances.get(tenant);
        return known != null && known.throttle(requestsPerSecond, untilNanos, nowNanos);
    }

    /** Bytes of a request's body that the tenant's plan allows; null where its tier says. */
    public @Nullable Long bodyBytesMax(TenantRoute route) {
        return config.enabled() ? route.limits().bodyBytesMax() : null;
    }

    /** What holds for a tenant and where it comes from, for people; by name. */
    public Map<String, LimitView> explain(TenantRoute route) {
        return config.enabled() ? LimitView.of(held(route), config.of(route.tier()), route.limits()) : Map.of();
    }

    /** What a tenant uses right now in this process, for people; null when it was not seen lately. */
    public @Nullable UseView use(TenantId tenant) {
        TenantAllowance known = allowances.get(tenant);
        return known == null ? null : new UseView(known.running(), known.remaining(System.nanoTime()));
    }

    /**
     * What a tenant uses right now.
     *
     * @param remaining requests that may come at once
     */
    public record UseView(int running, long remaining) {}

    /** Whether rates are leased from what all gateways share. */
    public boolean isLeasing() {
        return shared.isUp();
    }

    HeldLimits held(TenantRoute route) {
        HeldLimits ofTier = Objects.requireNonNull(ofTiers.get(route.tier()));
        return ofTier.isOf(route.tier(), route.limits())
                ? ofTier
                : HeldLimits.of(route.tier(), config.of(route.tier()), route.limits());
    }

    @Nullable
    LeasedQuota newLease(TenantId tenant) {
        return shared.isPresent() ? new LeasedQuota(tenant) : null;
    }

    LimitsConfig config() {
        return config;
    }

    MonthlyUsage usage() {
        return usage;
    }

    SharedQuotas shared() {
        return shared;
    }

    LimitMeters meters() {
        return meters;
    }

    int tenants() {
        return count.get();
    }

    public int gateways() {
        return Math.max(1, gateways.getAsInt());
    }
}
