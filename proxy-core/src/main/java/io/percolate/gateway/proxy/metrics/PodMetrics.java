package io.percolate.gateway.proxy.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.proxy.resilience.EjectionReason;
import io.percolate.gateway.proxy.resilience.PodGuards;
import io.percolate.gateway.proxy.resilience.TierGuard;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What is known of pods, by tier: single pods come and go, and are shown by the ops listener. */
final class PodMetrics {
    private final MeterRegistry registry;

    PodMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void show(PodGuards pods) {
        for (Tier tier : Tier.values()) {
            show(pods.tier(tier));
        }
        Gauge.builder("router.replay.bytes", pods.replays(), replays -> replays.taken())
                .description("Bodies of requests that are kept for sending them again")
                .register(registry);
    }

    private void show(TierGuard tier) {
        gauge("router.pods.known", tier, TierGuard::known, "Pods that requests were sent to a short while ago");
        gauge("router.pods.ejected", tier, TierGuard::ejected, "Pods that are left alone since they failed");
        gauge(
                "router.pods.panic",
                tier,
                guard -> guard.isPanicking() ? 1 : 0,
                "Whether so many pods are ejected that they are given requests all the same");
        for (EjectionReason reason : EjectionReason.values()) {
            FunctionCounter.builder("router.pod.ejections", tier, guard -> guard.ejections(reason))
                    .tag("tier", tier.tier().name())
                    .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                    .description("Pods that were ejected, by why")
                    .register(registry);
        }
        counter(
                "router.pod.ejections.spared",
                tier,
                TierGuard::ejectionsSpared,
                "Pods that were not ejected since too many were");
        counter("router.pod.refused.requests", tier, TierGuard::refusedRequests, "Requests kept from ejected pods");
        counter("router.retries", tier, TierGuard::retriesCount, "Requests that were sent to a pod again");
        counter(
                "router.retries.refused",
                tier,
                TierGuard::retriesRefusedCount,
                "Requests that were not, since the tier's budget was spent");
        counter("router.hedges", tier, TierGuard::hedgesCount, "Late requests that were sent a second time");
        counter(
                "router.hedges.won",
                tier,
                TierGuard::hedgesWonCount,
                "Those of them answered by the second pod stream");
        counter("router.health.checks", tier, TierGuard::healthChecksCount, "Health checks of pods");
        counter(
                "router.health.checks.failed",
                tier,
                TierGuard::healthChecksFailedCount,
                "Health checks that were not answered, or by 5xx");
    }

    private void gauge(String name, TierGuard tier, ToDoubleFunction<TierGuard> value, String description) {
        Gauge.builder(name, tier, value)
                .tag("tier", tier.tier().name())
                .description(description)
                .register(registry);
    }

    private void counter(String name, TierGuard tier, ToDoubleFunction<TierGuard> value, String description) {
        FunctionCounter.builder(name, tier, value)
                .tag("tier", tier.tier().name())
                .description(description)
                .register(registry);
    }
}
