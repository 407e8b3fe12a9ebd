package io.percolate.gateway.admin.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.http.ProblemException;
import io.percolate.gateway.admin.http.ServerSentEvent;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class ChangeFeedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ChangeFeed feed = new ChangeFeed(2, Duration.ofHours(1), meters);

    @Test
    void handsEachEventToEverySubscriber() {
        StepVerifier other = StepVerifier.create(feed.subscribe())
                .expectNext(new ServerSentEvent.Comment("listening"))
                .expectNext(new ServerSentEvent.Named("a", 1), new ServerSentEvent.Named("b", 2))
                .thenCancel()
                .verifyLater();
        StepVerifier.create(feed.subscribe())
                .expectNext(new ServerSentEvent.Comment("listening"))
                .then(() -> {
                    feed.publish("a", 1);
                    feed.publish("b", 2);
                })
                .expectNext(new ServerSentEvent.Named("a", 1), new ServerSentEvent.Named("b", 2))
                .thenCancel()
                .verify(PATIENCE);
        other.verify(PATIENCE);
        assertThat(meters.get("admin_events_subscribers").gauge().value()).isZero();
    }

    @Test
    void cutsOffWhoDoesNotReadAndNobodyElse() {
        StepVerifier.create(feed.subscribe(), 1)
                .expectNext(new ServerSentEvent.Comment("listening"))
                .then(() -> {
                    for (int i = 0; i < 2 * ChangeFeed.QUEUE_MAX + 1_000; i++) {
                        feed.publish("n", i);
                    }
                })
                .thenRequest(Long.MAX_VALUE)
                .thenConsumeWhile(event -> event instanceof ServerSentEvent.Named)
                .expectError(SlowSubscriberException.class)
                .verify(PATIENCE);
        assertThat(meters.get("admin_events_slow_subscribers").counter().count())
                .isEqualTo(1);
    }

    @Test
    void refusesMoreSubscribersThanItsBound() {
        feed.subscribe().subscribe();
        feed.checkRoom();
        feed.subscribe().subscribe();

        assertThatThrownBy(feed::checkRoom)
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("2 event streams");
        feed.close();
    }

    @Test
    void showsThatItIsAliveWhileNothingHappens() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            StepVerifier.create(new ChangeFeed(1, Duration.ofSeconds(15), new SimpleMeterRegistry()).subscribe())
                    .expectNext(new ServerSentEvent.Comment("listening"))
                    .then(() -> time.advanceTimeBy(Duration.ofSeconds(30)))
                    .expectNext(new ServerSentEvent.Comment("heartbeat"), new ServerSentEvent.Comment("heartbeat"))
                    .thenCancel()
                    .verify(PATIENCE);
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @Test
    void endsEveryStreamWhenItCloses() {
        StepVerifier.create(feed.subscribe())
                .expectNextCount(1)
                .then(feed::close)
                .expectComplete()
                .verify(PATIENCE);
        StepVerifier.create(feed.subscribe()).expectComplete().verify(PATIENCE);
    }

    @Test
    void encodesEventsAsTheStandardSays() {
        assertThat(new ServerSentEvent.Named("route.changed", Map.of("version", 7)).encode())
                .isEqualTo("event: route.changed\ndata: {\"version\":7}\n\n");
        assertThat(new ServerSentEvent.Comment("heartbeat").encode()).isEqualTo(": heartbeat\n\n");
    }
}
