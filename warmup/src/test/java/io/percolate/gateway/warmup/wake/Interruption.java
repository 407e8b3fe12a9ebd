package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.warmup.placement.Assignment;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.placement.TierGrowth;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.TierPods;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Stops a process at one of its calls to the outside: before the call goes out, or after it has had its effect. From then
 * on every call waits until {@link #resume}, as in a process that was paused; without it, as in one that died.
 */
final class Interruption {
    private final int atCall;
    private final boolean afterItsEffect;
    private final AtomicInteger calls = new AtomicInteger();
    private final CompletableFuture<Void> reached = new CompletableFuture<>();
    private final CompletableFuture<Void> resumed = new CompletableFuture<>();

    Interruption(int atCall, boolean afterItsEffect) {
        this.atCall = atCall;
        this.afterItsEffect = afterItsEffect;
    }

    boolean isReached() {
        return reached.isDone();
    }

    void resume() {
        resumed.complete(null);
    }

    private <T> Mono<T> step(Mono<T> call) {
        return Mono.defer(() -> {
            int number = calls.incrementAndGet();
            if (number < atCall || resumed.isDone()) {
                return call;
            }
            if (number > atCall || !afterItsEffect) {
                reached.complete(null);
                return standstill().then(call);
            }
            return call.flatMap(answer -> {
                reached.complete(null);
                return standstill().thenReturn(answer);
            });
        });
    }

    private Mono<Void> standstill() {
        return Mono.fromFuture(resumed, true);
    }

    TierPods around(TierPods pods) {
        return new TierPods() {
            @Override
            public Mono<PodAnswer.ToLoad> load(
                    PodAddress pod, TenantId tenant, long epoch, @Nullable String restoreFrom) {
                return step(pods.load(pod, tenant, epoch, restoreFrom));
            }

            @Override
            public Mono<PodAnswer.ToProbe> probe(PodAddress pod, TenantId tenant) {
                return step(pods.probe(pod, tenant));
            }

            @Override
            public Mono<PodAnswer.ToProbe> probe(PodAddress pod, TenantId tenant, Duration waitMax) {
                return step(pods.probe(pod, tenant, waitMax));
            }

            @Override
            public Mono<PodAnswer.ToEvict> evict(PodAddress pod, TenantId tenant, long epoch, Keep keep) {
                return step(pods.evict(pod, tenant, epoch, keep));
            }

            @Override
            public Mono<PodAnswer.ToStage> stage(
                    PodAddress pod, TenantId tenant, long epoch, String from, Duration timeout) {
                return step(pods.stage(pod, tenant, epoch, from, timeout));
            }

            @Override
            public Mono<PodAnswer.ToStage> unstage(PodAddress pod, TenantId tenant, long epoch) {
                return step(pods.unstage(pod, tenant, epoch));
            }

            @Override
            public Mono<PodAnswer.ToSnapshot> snapshot(PodAddress pod, TenantId tenant, long epoch) {
                return step(pods.snapshot(pod, tenant, epoch));
            }
        };
    }

    /** Renewals are no step, but stop with the rest. */
    MoveStore around(MoveStore store) {
        return new MoveStore() {
            @Override
            public Mono<Optional<TenantRow>> find(TenantId tenant) {
                return step(store.find(tenant));
            }

            @Override
            public Mono<Boolean> claimForMove(TenantId tenant, PodId pod, long epoch) {
                return step(store.claimForMove(tenant, pod, epoch));
            }

            @Override
            public Mono<Boolean> release(TenantId tenant, long epoch, Residency settle) {
                return step(store.release(tenant, epoch, settle));
            }

            @Override
            public Mono<ClaimOutcome> claim(TenantRoute known) {
                return step(store.claim(known));
            }

            @Override
            public Mono<Boolean> renew(TenantId tenant) {
                return Mono.defer(() -> isReached() && !resumed.isDone()
                        ? standstill().then(store.renew(tenant))
                        : store.renew(tenant));
            }

            @Override
            public Mono<List<Candidate>> candidates(TenantRow row) {
                return step(store.candidates(row));
            }

            @Override
            public Mono<TierGrowth> growth(TenantRow row) {
                return store.growth(row);
            }

            @Override
            public Mono<Assignment.Outcome> assign(Assignment assignment) {
                return step(store.assign(assignment));
            }

            @Override
            public Mono<Boolean> startMoving(TenantId tenant, long epoch) {
                return step(store.startMoving(tenant, epoch));
            }

            @Override
            public Mono<Optional<TenantRow>> publish(TenantId tenant, PodId pod, long epoch) {
                return step(store.publish(tenant, pod, epoch));
            }

            @Override
            public Mono<Optional<TenantRow>> fail(Failed failed) {
                return step(store.fail(failed));
            }
        };
    }
}
