package io.percolate.gateway.proxy.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times every request.
 *
 * <p>All labels are closed sets, so a meter is found by an index made of ordinals; nothing is looked up by name while a
 * request waits. A series appears with its first request, but failures are all there from the start, so that an alert
 * sees the first one as a rise from zero.
 */
// Indexes live as long as the process: a reordered enum cannot mix anything up.
@SuppressWarnings("EnumOrdinal")
public final class RequestMetrics implements RequestObserver {
    private static final Duration[] REQUEST_BUCKETS =
            millis(0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000);
    private static final Duration[] PHASE_BUCKETS =
            millis(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 100, 500, 1_000, 5_000);
    private static final Duration[] COLD_START_BUCKETS =
            millis(5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000);

    private static final Tier[] TIERS = Tier.values();
    private static final AnsweredBy[] ANSWERED_BY = AnsweredBy.values();
    private static final String[] STATUS_CLASSES = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

    private final AtomicReferenceArray<@Nullable Counter> requests =
            new AtomicReferenceArray<>((TIERS.length + 1) * STATUS_CLASSES.length * ANSWERED_BY.length);
    private final AtomicReferenceArray<@Nullable Timer> durations =
            new AtomicReferenceArray<>((TIERS.length + 1) * ANSWERED_BY.length);
    private final AtomicReferenceArray<@Nullable Timer> coldStarts =
            new AtomicReferenceArray<>((TIERS.length + 1) * ANSWERED_BY.length);
    private final Counter[] failures;
    private final Timer authenticate;
    private final Timer resolve;
    private final Timer firstByte;
    private final Counter requestBytes;
    private final Counter responseBytes;
    private final MeterRegistry registry;

    public RequestMetrics(MeterRegistry registry) {
        this.registry = registry;
        FailureKind[] kinds = FailureKind.values();
        failures = new Counter[kinds.length];
        for (FailureKind kind : kinds) {
            failures[kind.ordinal()] = Counter.builder("router.request.failures")
                    .description("Requests that failed, by why")
                    .tag("kind", lower(kind))
                    .register(registry);
        }
        authenticate = phase("authenticate");
        resolve = phase("resolve");
        firstByte = phase("first_byte");
        requestBytes = bytes("router.request.bytes", "Bytes of request bodies taken from clients");
        responseBytes = bytes("router.response.bytes", "Bytes of response bodies given to clients");
    }

    @Override
    public void completed(RequestTimeline timeline) {
        int tier = timeline.tier == null ? TIERS.length : timeline.tier.ordinal();
        int tierAndAnswer = tier * ANSWERED_BY.length + timeline.answeredBy.ordinal();
        int statusClass = statusClass(timeline.status);

        meter(requests, tierAndAnswer * STATUS_CLASSES.length + statusClass, this::requestCounter)
                .increment();
        boolean webSocket = timeline.webSocketEnd != null;
        record(
                meter(durations, tierAndAnswer, this::durationTimer),
                timeline.startedNanos,
                webSocket ? timeline.firstByteNanos : timeline.completedNanos);
        if (timeline.failure != null) {
            failures[timeline.failure.ordinal()].increment();
        }
        record(authenticate, timeline.startedNanos, timeline.authenticatedNanos);
        record(resolve, timeline.authenticatedNanos, timeline.resolvedNanos);
        record(firstByte, timeline.forwardedNanos, timeline.firstByteNanos);
        switch (timeline.answeredBy) {
            case POD_AFTER_HOLD ->
                record(
                        meter(coldStarts, tierAndAnswer, this::coldStartTimer),
                        timeline.resolvedNanos,
                        timeline.forwardedNanos);
            case CONTEXT ->
                record(
                        meter(coldStarts, tierAndAnswer, this::coldStartTimer),
                        timeline.resolvedNanos,
                        timeline.firstByteNanos);
            case POD, GATEWAY, NOBODY -> {}
        }
        if (webSocket) {
            return;
        }
        if (timeline.requestBodyBytes > 0) {
            requestBytes.increment((double) timeline.requestBodyBytes);
        }
        if (timeline.responseBodyBytes > 0) {
            responseBytes.increment((double) timeline.responseBodyBytes);
        }
    }

    private static void record(Timer timer, long fromNanos, long toNanos) {
        if (fromNanos != 0 && toNanos != 0) {
            timer.record(toNanos - fromNanos, TimeUnit.NANOSECONDS);
        }
    }

    private static <M> M meter(AtomicReferenceArray<@Nullable M> meters, int index, IntFunction<M> register) {
        M meter = meters.getAcquire(index);
        if (meter == null) {
            // The registry gives all who race here the same meter.
            meter = register.apply(index);
            meters.setRelease(index, meter);
        }
        return meter;
    }

    private Counter requestCounter(int index) {
        int tierAndAnswer = index / STATUS_CLASSES.length;
        return Counter.builder("router.requests")
                .description("Requests that have ended")
                .tag("tier", tier(tierAndAnswer))
                .tag("status", STATUS_CLASSES[index % STATUS_CLASSES.length])
                .tag("answered_by", answeredBy(tierAndAnswer))
                .register(registry);
    }

    private Timer durationTimer(int tierAndAnswer) {
        return Timer.builder("router.request.duration")
                .description("From the first byte of a request to the end of its answer")
                .tag("tier", tier(tierAndAnswer))
                .tag("answered_by", answeredBy(tierAndAnswer))
                .serviceLevelObjectives(REQUEST_BUCKETS)
                .register(registry);
    }

    private Timer coldStartTimer(int tierAndAnswer) {
        return Timer.builder("router.cold.start.wait")
                .description(
                        "What a cold tenant's requests waited: for the pod when held, else for the context's first byte")
                .tag("tier", tier(tierAndAnswer))
                .tag("answered_by", answeredBy(tierAndAnswer))
                .serviceLevelObjectives(COLD_START_BUCKETS)
                .register(registry);
    }

    private Timer phase(String name) {
        return Timer.builder("router.request.phase")
                .description("Parts of a request: its token, its route, the pod's first byte")
                .tag("phase", name)
                .serviceLevelObjectives(PHASE_BUCKETS)
                .register(registry);
    }

    private Counter bytes(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }

    private static String tier(int tierAndAnswer) {
        int tier = tierAndAnswer / ANSWERED_BY.length;
        return tier == TIERS.length ? "none" : TIERS[tier].name();
    }

    private static String answeredBy(int tierAndAnswer) {
        return lower(ANSWERED_BY[tierAndAnswer % ANSWERED_BY.length]);
    }

    private static int statusClass(int status) {
        int hundreds = status / 100;
        return hundreds < STATUS_CLASSES.length ? hundreds : 0;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static Duration[] millis(double... millis) {
        Duration[] durations = new Duration[millis.length];
        for (int i = 0; i < millis.length; i++) {
            durations[i] = Duration.ofNanos(Math.round(millis[i] * 1_000_000));
        }
        return durations;
    }
}
