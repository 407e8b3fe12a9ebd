package io.percolate.gateway.routing.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class VerificationQueueTest {
    private static final long A_MILLISECOND = 1_000_000;

    private final AtomicLong now = new AtomicLong(1);
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final VerificationQueue queue = new VerificationQueue(2, registry, now::get);
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void close() {
        released.countDown();
        queue.close();
    }

    private Mono<Thread> work(long nanos) {
        return queue.run(() -> {
            now.addAndGet(nanos);
            return Mono.just(Thread.currentThread());
        });
    }

    private Mono<Thread> workThatWaits() {
        return queue.run(() -> Mono.fromCallable(() -> {
            released.await();
            return Thread.currentThread();
        }));
    }

    @Test
    void aFewAreDoneOnTheSpot() {
        for (int i = 0; i < 10; i++) {
            assertThat(work(A_MILLISECOND / 100).block(Forge.PATIENCE)).isSameAs(Thread.currentThread());
        }
        assertThat(handedOver()).isZero();
    }

    @Test
    void oneThatHasSpentItsShareLeavesTheRestToWorkersUntilTimeHasPassed() {
        work(50 * A_MILLISECOND).block(Forge.PATIENCE);

        assertThat(work(0).block(Forge.PATIENCE)).isNotSameAs(Thread.currentThread());
        assertThat(handedOver()).isEqualTo(1);

        now.addAndGet(20 * A_MILLISECOND);
        assertThat(work(0).block(Forge.PATIENCE)).isSameAs(Thread.currentThread());
    }

    @Test
    void workThatStaysWithinItsShareIsNeverHandedOver() {
        for (int i = 0; i < 1_000; i++) {
            work(70 * A_MILLISECOND / 1_000).block(Forge.PATIENCE);
            now.addAndGet(30 * A_MILLISECOND / 1_000);
        }
        assertThat(handedOver()).isZero();
    }

    @Test
    void tooMuchAtOnceIsRefusedAtOnce() {
        // given
        work(100 * A_MILLISECOND).block(Forge.PATIENCE);
        workThatWaits().subscribe();
        workThatWaits().subscribe();
        AtomicReference<Throwable> refusal = new AtomicReference<>();

        // when
        workThatWaits().subscribe(done -> {}, refusal::set);

        // then
        Failure failure = FailureException.failureOf(refusal.get());
        assertThat(failure.kind()).isEqualTo(FailureKind.OVERLOADED);
        assertThat(failure.retryAfter()).isNotNull();
        assertThat(queued()).isEqualTo(2);

        // and when
        released.countDown();

        // then
        await().atMost(Forge.PATIENCE).until(() -> queued() == 0);
        assertThat(work(0).block(Forge.PATIENCE)).isNotNull();
    }

    private double handedOver() {
        return registry.get("token.verifications.handed.over").counter().count();
    }

    private double queued() {
        return registry.get("token.verifications.queued").gauge().value();
    }
}
