package io.percolate.gateway.admin.event;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.ServerSentEvent;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.util.concurrent.Queues;

/**
 * Hands what changes to every subscriber.
 *
 * <p>Each subscriber has a queue of its own. One that does not read fast enough is cut off when its queue is full, so
 * that it knows that it missed something and nobody else waits for it. Publishing never blocks; any thread may.
 */
public final class ChangeFeed {
    static final int QUEUE_MAX = 1_024;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final int subscribersMax;
    private final Duration heartbeat;
    private final Counter slow;
    private final Set<Subscriber> subscribers = ConcurrentHashMap.newKeySet();
    private boolean closed;

    /** {@code heartbeat}: how often a stream on which nothing happens shows that it is alive. */
    public ChangeFeed(int subscribersMax, Duration heartbeat, MeterRegistry meters) {
        this.subscribersMax = subscribersMax;
        this.heartbeat = heartbeat;
        this.slow = Counter.builder("admin_events_slow_subscribers")
                .description("event streams cut off because they were not read fast enough")
                .register(meters);
        Gauge.builder("admin_events_subscribers", subscribers, Set::size)
                .description("event streams open")
                .register(meters);
    }

    /** Everything from now on, with heartbeats; errors when the subscriber is too slow. */
    Flux<ServerSentEvent> subscribe() {
        return Flux.defer(() -> {
            Subscriber subscriber = new Subscriber();
            synchronized (this) {
                if (closed) {
                    return Flux.empty();
                }
                subscribers.add(subscriber);
            }
            Flux<ServerSentEvent> heartbeats =
                    Flux.interval(heartbeat).onBackpressureDrop().map(_ -> new ServerSentEvent.Comment("heartbeat"));
            Flux<ServerSentEvent> events = subscriber.events().doFinally(_ -> subscribers.remove(subscriber));
            // The stream ends with its events: heartbeats alone would go on for ever.
            return Flux.just((ServerSentEvent) new ServerSentEvent.Comment("listening"))
                    .concatWith(events.publish(shared -> Flux.merge(
                            shared,
                            heartbeats.takeUntilOther(shared.ignoreElements().onErrorComplete()))));
        });
    }

    /** Refuses, before a stream is begun, when there are too many. */
    void checkRoom() {
        if (subscribers.size() >= subscribersMax) {
            throw Problem.of(ProblemKind.SUBSCRIBERS_EXHAUSTED, subscribersMax + " event streams are open already")
                    .withRetryAfter(RETRY_AFTER)
                    .toException();
        }
    }

    void publish(String event, Object data) {
        ServerSentEvent named = new ServerSentEvent.Named(event, data);
        subscribers.removeIf(subscriber -> {
            boolean taken = subscriber.offer(named);
            if (!taken) {
                slow.increment();
            }
            return !taken;
        });
    }

    /** Ends every stream, and every one to come. */
    public synchronized void close() {
        closed = true;
        subscribers.forEach(Subscriber::complete);
        subscribers.clear();
    }

    /** One stream. Publishers take turns by its lock, which is held for the time of one offer. */
    private static final class Subscriber {
        private final Sinks.Many<ServerSentEvent> sink = Sinks.many()
                .unicast()
                .onBackpressureBuffer(Queues.<ServerSentEvent>get(QUEUE_MAX).get());

        Flux<ServerSentEvent> events() {
            return sink.asFlux();
        }

        /** False when the queue was full, which ends the stream with an error. */
        synchronized boolean offer(ServerSentEvent event) {
            Sinks.EmitResult result = sink.tryEmitNext(event);
            if (result == Sinks.EmitResult.FAIL_OVERFLOW) {
                sink.tryEmitError(new SlowSubscriberException());
                return false;
            }
            return true;
        }

        synchronized void complete() {
            sink.tryEmitComplete();
        }
    }
}
