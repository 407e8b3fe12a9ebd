package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

class TurnsTest {
    private final Turns turns = new Turns(2);
    private final List<Integer> begun = new CopyOnWriteArrayList<>();

    @Test
    void soMuchIsUnderWayAndTheRestInOrder() {
        List<Sinks.Empty<Void>> works = begin(5);
        assertThat(begun).containsExactly(0, 1);

        works.get(1).tryEmitEmpty();
        assertThat(begun).containsExactly(0, 1, 2);
        works.get(0).tryEmitError(new IllegalStateException("meant"));
        assertThat(begun).containsExactly(0, 1, 2, 3);
        works.get(2).tryEmitEmpty();
        works.get(3).tryEmitEmpty();
        assertThat(begun).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void whatGoesOnComesBeforeWhatBegins() {
        List<Sinks.Empty<Void>> works = begin(4);
        turns.goOn(Mono.fromRunnable(() -> begun.add(10))).subscribe();
        turns.goOn(Mono.fromRunnable(() -> begun.add(11))).subscribe();
        assertThat(begun).containsExactly(0, 1);

        works.get(0).tryEmitEmpty();
        assertThat(begun).containsExactly(0, 1, 10, 11, 2);
        works.get(1).tryEmitEmpty();
        assertThat(begun).containsExactly(0, 1, 10, 11, 2, 3);
    }

    @Test
    void whoGoesAwayLeavesTheQueueOrGivesItsTurnBack() {
        Sinks.Empty<Void> first = Sinks.empty();
        Disposable holder = work(0, first).subscribe();
        work(1, Sinks.empty()).subscribe();
        Disposable impatient = work(2, Sinks.empty()).subscribe();
        work(3, Sinks.empty()).subscribe();

        impatient.dispose();
        assertThat(begun).containsExactly(0, 1);
        holder.dispose();
        assertThat(begun).containsExactly(0, 1, 3);
    }

    @Test
    void whoIsGoneBeforeItComesGivesNoTurnThatItNeverHad() {
        List<Sinks.Empty<Void>> works = begin(3);
        work(9, Sinks.empty()).subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                subscription.cancel();
            }
        });
        assertThat(begun).containsExactly(0, 1);

        works.get(0).tryEmitEmpty();
        works.get(1).tryEmitEmpty();
        begin(2);
        assertThat(begun).containsExactly(0, 1, 2, 0);
    }

    @Test
    void noTurnIsLostOrMadeWhenManyComeAndGoAtOnce() {
        SplittableRandom random = new SplittableRandom(1);
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Integer> waits =
                IntStream.range(0, 2_000).map(i -> random.nextInt(300)).boxed().toList();

        Flux.fromIterable(waits)
                .flatMap(
                        wait -> turns.begin(Mono.fromRunnable(() -> {
                                    most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                                    LongStream.range(0, 1_000).forEach(i -> most.get());
                                    underWay.decrementAndGet();
                                }))
                                .subscribeOn(Schedulers.parallel())
                                .takeUntilOther(Mono.delay(Duration.ofNanos(wait * 1_000L))),
                        64)
                .then()
                .block(Fleet.PATIENCE);

        assertThat(most.get()).isLessThanOrEqualTo(2);
        begin(3);
        // One that was cancelled while it ran gives its turn back once it has ended, on its own thread.
        await().atMost(Fleet.PATIENCE).untilAsserted(() -> assertThat(begun).hasSizeGreaterThanOrEqualTo(2));
        assertThat(begun).containsExactly(0, 1);
    }

    private List<Sinks.Empty<Void>> begin(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    Sinks.Empty<Void> end = Sinks.empty();
                    work(i, end).onErrorComplete().subscribe();
                    return end;
                })
                .toList();
    }

    private Mono<Void> work(int number, Sinks.Empty<Void> end) {
        return turns.begin(Mono.defer(() -> {
            begun.add(number);
            return end.asMono();
        }));
    }
}
