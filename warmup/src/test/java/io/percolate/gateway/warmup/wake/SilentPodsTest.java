package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.warmup.pod.PodAnswer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class SilentPodsTest {
    private static final PodAddress POD = new PodAddress("10.0.0.1", 8000);
    private static final PodAddress OTHER = new PodAddress("10.0.0.2", 8000);
    private static final PodAnswer.ToProbe GONE = new PodAnswer.Unreachable("connection refused");
    private static final PodAnswer.ToProbe THERE = new PodAnswer.Refused(500, "not now");

    private final AtomicLong nanos = new AtomicLong();
    private final SilentPods pods = new SilentPods(nanos::get);
    private final AtomicInteger asked = new AtomicInteger();

    @Test
    void aPodThatIsGoneIsAskedOncePerMoment() {
        assertThat(ask(POD, GONE)).isEqualTo(GONE);
        assertThat(ask(POD, THERE)).isEqualTo(GONE);
        assertThat(ask(OTHER, THERE)).isEqualTo(THERE);
        assertThat(asked).hasValue(2);

        nanos.addAndGet(SilentPods.REMEMBERED.toNanos());
        assertThat(ask(POD, THERE)).isEqualTo(THERE);
        assertThat(asked).hasValue(3);
    }

    @Test
    void aPodThatAnswersIsAskedByEverybody() {
        ask(POD, THERE);
        ask(POD, THERE);
        assertThat(asked).hasValue(2);
    }

    @Test
    void aPodThatHasAnsweredAgainIsAskedByEverybody() {
        ask(POD, GONE);
        nanos.addAndGet(SilentPods.REMEMBERED.toNanos());
        ask(POD, THERE);

        nanos.addAndGet(-1);
        assertThat(ask(POD, THERE)).isEqualTo(THERE);
        assertThat(asked).hasValue(3);
    }

    private PodAnswer.@Nullable ToProbe ask(PodAddress pod, PodAnswer.ToProbe answer) {
        return pods.ask(pod, answering(answer)).block();
    }

    private Mono<PodAnswer.ToProbe> answering(PodAnswer.ToProbe answer) {
        return Mono.fromSupplier(() -> {
            asked.incrementAndGet();
            return answer;
        });
    }
}
