package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.warmup.placement.Assignment;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.placement.TierGrowth;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class LeaseTest {
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration A_MOMENT = Duration.ofMillis(1);

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final WakeClock clock = new WakeClock(time, () -> time.now(TimeUnit.NANOSECONDS));
    private final Queue<Mono<Boolean>> renewals = new ArrayDeque<>();
    private final Lease lease = new Lease(new Renewals(), clock, new TenantId(new UUID(1, 1)), LEASE, clock.now());

    @AfterEach
    void stop() {
        assertThat(renewals).isEmpty();
        time.dispose();
    }

    @Test
    void isRenewedEachThirdWhileTheWorkRuns() {
        renewals.addAll(List.of(Mono.just(true), Mono.just(true), Mono.just(true), Mono.just(true), Mono.just(true)));

        StepVerifier.create(lease.guard(Mono.delay(Duration.ofMillis(5_500), time)))
                .then(() -> time.advanceTimeBy(Duration.ofMillis(5_500)))
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void endsTheWorkWhenAnotherProcessHasTheClaim() {
        renewals.add(Mono.just(false));

        StepVerifier.create(lease.guard(Mono.never()))
                .then(() -> time.advanceTimeBy(Duration.ofSeconds(1)))
                .verifyError(ClaimLost.class);
    }

    @Test
    void endsTheWorkBeforeTheStoresLeaseCanEndWhenNoAnswerComes() {
        renewals.addAll(List.of(Mono.just(true), Mono.never()));

        AtomicReference<Throwable> ended = new AtomicReference<>();
        Disposable work = lease.guard(Mono.never()).subscribe(value -> {}, ended::set);

        time.advanceTimeBy(Duration.ofSeconds(4).minus(A_MOMENT));
        assertThat(ended).hasValue(null);
        time.advanceTimeBy(A_MOMENT);
        assertThat(ended.get()).isInstanceOf(ClaimLost.class);
        work.dispose();
    }

    /** A store that only renews. */
    private final class Renewals implements WakeStore {
        @Override
        public Mono<Boolean> renew(TenantId tenant) {
            return renewals.remove();
        }

        @Override
        public Mono<ClaimOutcome> claim(TenantRoute known) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<Optional<TenantRow>> find(TenantId tenant) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<List<Candidate>> candidates(TenantRow row) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<TierGrowth> growth(TenantRow row) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<Assignment.Outcome> assign(Assignment assignment) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<Boolean> startMoving(TenantId tenant, long epoch) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<Optional<TenantRow>> publish(TenantId tenant, PodId pod, long epoch) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Mono<Optional<TenantRow>> fail(Failed failed) {
            throw new UnsupportedOperationException();
        }
    }
}
