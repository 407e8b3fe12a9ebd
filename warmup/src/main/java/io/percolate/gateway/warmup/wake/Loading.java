package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import io.percolate.gateway.warmup.pod.PodConfig;
import io.percolate.gateway.warmup.pod.TierPods;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Has a pod load a tenant, and asks that pod itself until it is hot: Kubernetes would tell of it seconds later. */
final class Loading {
    /** In a row; one lost answer does not end a load that may take half a minute. */
    private static final int PROBES_FAILED_MAX = 3;

    private final TierPods pods;
    private final PodConfig config;
    private final WakeClock clock;
    private final WakeMetrics metrics;

    Loading(TierPods pods, PodConfig config, WakeClock clock, WakeMetrics metrics) {
        this.pods = pods;
        this.config = config;
        this.clock = clock;
        this.metrics = metrics;
    }

    Mono<LoadOutcome> load(Target target) {
        return metrics.timed(target.tier(), WakeMetrics.Phase.LOAD, order(target))
                .flatMap(answer -> switch (answer) {
                    case PodAnswer.Hot _ -> Mono.<LoadOutcome>just(new LoadOutcome.Hot());
                    case PodAnswer.Loading _ -> metrics.timed(target.tier(), WakeMetrics.Phase.PROBE, watch(target));
                    case PodAnswer.NoRoom _ -> Mono.just(new LoadOutcome.NoRoom());
                    case PodAnswer.NewerEpoch(long epoch) -> Mono.just(new LoadOutcome.NewerEpoch(epoch));
                    case PodAnswer.Refused(int _, String detail) -> Mono.just(new LoadOutcome.Refused(detail));
                    case PodAnswer.Unreachable(String detail) -> Mono.just(new LoadOutcome.Unreachable(detail));
                })
                .timeout(target.max(), Mono.fromSupplier(LoadOutcome.Late::new), clock.timer());
    }

    private Mono<PodAnswer.ToLoad> order(Target target) {
        return pods.load(target.address(), target.tenant(), target.epoch(), target.restoreFrom());
    }

    private Mono<LoadOutcome> watch(Target target) {
        return probe(target, config.probeIntervalMin(), 0);
    }

    /** @param interval before the next probe, of a pod that answers at once */
    private Mono<LoadOutcome> probe(Target target, Duration interval, int failed) {
        return Mono.defer(() -> {
            long askedNanos = clock.now();
            return pods.probe(target.address(), target.tenant(), config.probeWait())
                    .flatMap(answer -> switch (answer) {
                        case Hosted hosted -> {
                            LoadOutcome ended = ended(target, hosted);
                            if (ended != null) {
                                yield Mono.just(ended);
                            }
                            yield hasWaited(askedNanos) ? probe(target, interval, 0) : later(target, interval, 0);
                        }
                        case PodAnswer.Refused(int _, String detail) ->
                            failed + 1 < PROBES_FAILED_MAX
                                    ? later(target, interval, failed + 1)
                                    : Mono.just(new LoadOutcome.Refused(detail));
                        case PodAnswer.Unreachable(String detail) ->
                            failed + 1 < PROBES_FAILED_MAX
                                    ? later(target, interval, failed + 1)
                                    : Mono.just(new LoadOutcome.Unreachable(detail));
                    });
        });
    }

    private Mono<LoadOutcome> later(Target target, Duration interval, int failed) {
        return clock.<LoadOutcome>pause(interval).switchIfEmpty(probe(target, longer(interval), failed));
    }

    /** Whether the pod has kept its answer back, rather than to know nothing of that. */
    private boolean hasWaited(long askedNanos) {
        return !config.probeWait().isZero()
                && clock.since(askedNanos).compareTo(config.probeWait().dividedBy(2)) >= 0;
    }

    /** How the load ended, by the pod's word; null while it goes on. */
    private static @Nullable LoadOutcome ended(Target target, Hosted hosted) {
        if (hosted.epoch() > target.epoch()) {
            return new LoadOutcome.NewerEpoch(hosted.epoch());
        }
        return switch (hosted.state()) {
            case HOT -> hosted.epoch() == target.epoch() ? new LoadOutcome.Hot() : forgotten(hosted);
            case LOADING -> hosted.epoch() == target.epoch() ? null : forgotten(hosted);
            case FAILED -> new LoadOutcome.Failed(hosted.error() == null ? "the load failed" : hosted.error());
            case WARM, ABSENT -> forgotten(hosted);
        };
    }

    /** A pod that restarted in the middle of a load knows nothing of it. */
    private static LoadOutcome forgotten(Hosted hosted) {
        return new LoadOutcome.Unreachable(
                "the pod has forgotten the load: it says " + hosted.state() + " under epoch " + hosted.epoch());
    }

    /** Grows slowly, so that a tenant that is hot is noticed within about an eighth of the time its load took. */
    private Duration longer(Duration wait) {
        Duration next = wait.plus(wait.dividedBy(8));
        return next.compareTo(config.probeIntervalMax()) > 0 ? config.probeIntervalMax() : next;
    }

    /**
     * One load of a tenant into a pod.
     *
     * @param max how long it may take in all
     */
    record Target(
            PodAddress address,
            TenantId tenant,
            long epoch,
            @Nullable String restoreFrom,
            Tier tier,
            Duration max) {}
}
