package io.percolate.gateway.proxy.noise;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * Ends the windows in which tenants' parts are counted, and where so configured slows those down for a while that have more
 * than a tenant may, as long as others are kept waiting.
 *
 * <p>What such a tenant is left with is that part of what it would be beside what the others use: where half is allowed, as
 * many requests as all others have. Nobody is slowed down who is alone, or while nobody waits.
 */
public final class NoisyTenants {
    private static final Logger LOG = LoggerFactory.getLogger(NoisyTenants.class);

    /** Errors alone are no load. */
    private static final TenantMeasure[] LOADS = {TenantMeasure.REQUESTS, TenantMeasure.LATENCY, TenantMeasure.BYTES};

    private final NoiseConfig config;
    private final TenantShares shares;
    private final TenantLimiter limits;
    private final BooleanSupplier pressure;
    private final LongAdder throttled = new LongAdder();
    private @Nullable Disposable turning;

    /** @param pressure whether others were kept waiting since it was last asked */
    public NoisyTenants(NoiseConfig config, TenantShares shares, TenantLimiter limits, BooleanSupplier pressure) {
        this.config = config;
        this.shares = shares;
        this.limits = limits;
        this.pressure = pressure;
    }

    /** Begins to end windows; once. */
    public NoisyTenants start(MeterRegistry registry) {
        FunctionCounter.builder("router.noisy.throttles", throttled, LongAdder::sum)
                .description("Tenants slowed down for a while, or for a while longer, since they took too much")
                .register(registry);
        turning = Flux.interval(config.window())
                .onBackpressureDrop()
                .subscribe(
                        tick -> turn(System.nanoTime()),
                        error -> LOG.error("tenants' parts are no longer looked at", error));
        return this;
    }

    public void stop() {
        Disposable running = turning;
        if (running != null) {
            running.dispose();
        }
    }

    void turn(long nowNanos) {
        TopTenants top = shares.turn(nowNanos);
        // Asked in any case, so that each answer is of one window.
        boolean waiting = pressure.getAsBoolean();
        if (config.throttle() && waiting) {
            allowed(top).forEach((tenant, perSecond) -> throttle(tenant, perSecond, nowNanos));
        }
    }

    private void throttle(TenantId tenant, long perSecond, long nowNanos) {
        if (limits.throttle(tenant, perSecond, nowNanos + config.throttleTime().toNanos(), nowNanos)) {
            LOG.warn(
                    "tenant {} takes more than {} % while others wait: {} requests/s for {} s",
                    tenant,
                    config.sharePercent(),
                    perSecond,
                    config.throttleTime().toSeconds());
        }
        throttled.increment();
    }

    /** Requests a second that are left to those tenants who had more than a tenant may. */
    Map<TenantId, Long> allowed(TopTenants top) {
        double seconds = top.window().toNanos() / (double) TimeUnit.SECONDS.toNanos(1);
        double part = config.sharePercent() / 100.0;
        Map<TenantId, Double> reduced = new HashMap<>();
        for (TenantMeasure measure : LOADS) {
            for (TopTenants.Share share : top.of(measure)) {
                long others = top.total(measure) - share.value();
                if (share.part() > part && others > 0) {
                    reduced.merge(share.tenant(), others / (double) share.value() * part / (1 - part), Math::min);
                }
            }
        }
        Map<TenantId, Long> allowed = new HashMap<>();
        for (TopTenants.Share requests : top.of(TenantMeasure.REQUESTS)) {
            Double to = reduced.get(requests.tenant());
            double perSecond = requests.value() / seconds;
            if (to != null && perSecond > config.requestsPerSecondMin()) {
                allowed.put(requests.tenant(), Math.max(config.requestsPerSecondMin(), Math.round(perSecond * to)));
            }
        }
        return allowed;
    }
}
