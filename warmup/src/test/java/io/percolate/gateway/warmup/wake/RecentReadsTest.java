package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class RecentReadsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger count = new AtomicInteger();
    private final RecentReads<String, Integer> reads = new RecentReads<>(Duration.ofNanos(100), nanos::get);

    @Test
    void whatWasReadIsSharedUntilItIsTooOld() {
        assertThat(ask("a")).isEqualTo(1);
        nanos.set(100);
        assertThat(ask("a")).isEqualTo(1);
        assertThat(ask("b")).isEqualTo(2);
        nanos.set(101);
        assertThat(ask("a")).isEqualTo(3);
    }

    @Test
    void whoComesWhileItIsReadGetsTheSameAnswerHoweverLongItTakes() {
        Sinks.One<Integer> slow = Sinks.one();
        List<Integer> answers = new ArrayList<>();
        reads.get("a", slow.asMono()).subscribe().dispose();
        nanos.set(1_000);
        reads.get("a", counted()).subscribe(answers::add);
        nanos.set(2_000);
        slow.tryEmitValue(7);

        assertThat(answers).containsExactly(7);
        nanos.set(2_100);
        assertThat(ask("a")).isEqualTo(7);
        nanos.set(2_101);
        assertThat(ask("a")).isEqualTo(1);
    }

    @Test
    void whatFailedOrIsForgottenIsReadAgain() {
        assertThatThrownBy(() -> reads.get("a", Mono.error(new IllegalStateException("meant")))
                        .block())
                .hasMessage("meant");
        assertThat(ask("a")).isEqualTo(1);
        reads.forget();
        assertThat(ask("a")).isEqualTo(2);
    }

    @Test
    void withoutAnAgeEverybodyReads() {
        RecentReads<String, Integer> own = new RecentReads<>(Duration.ZERO, nanos::get);

        assertThat(own.get("a", counted()).block()).isEqualTo(1);
        assertThat(own.get("a", counted()).block()).isEqualTo(2);
    }

    private Integer ask(String key) {
        return reads.get(key, counted()).blockOptional().orElseThrow();
    }

    private Mono<Integer> counted() {
        return Mono.fromSupplier(count::incrementAndGet);
    }
}
