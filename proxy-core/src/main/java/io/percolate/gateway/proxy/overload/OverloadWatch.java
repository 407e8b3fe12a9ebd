package io.percolate.gateway.proxy.overload;

import io.percolate.gateway.routing.tenant.Tier;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what the process uses of its resources, and says what it has to do about it: the stage of the resource that is
 * scarcest. On a thread of its own, since event loops and shared schedulers may be what is late.
 *
 * <p>A stage begins at once and ends once use has fallen clearly below what began it, a moment after the last change: else
 * what a stage relieves would end it, and begin it again.
 */
public final class OverloadWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OverloadWatch.class);
    private static final long STAGE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(500);

    private final OverloadConfig config;
    private final Map<OverloadStage, LongAdder> entered = new EnumMap<>(OverloadStage.class);
    private final Map<Tier, LongAdder> shed = new EnumMap<>(Tier.class);
    private volatile OverloadStage stage = OverloadStage.CALM;
    private volatile Map<Resource, Double> use = Map.of();
    private long changedNanos;
    private @Nullable ScheduledExecutorService looking;

    public OverloadWatch(OverloadConfig config) {
        this.config = config;
        for (OverloadStage each : OverloadStage.values()) {
            entered.put(each, new LongAdder());
        }
        for (Tier tier : Tier.values()) {
            shed.put(tier, new LongAdder());
        }
    }

    /** Begins to look, if it is to; once. */
    public void start(List<ResourceGauge> gauges) {
        if (config.interval().isZero()) {
            return;
        }
        ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread started = new Thread(task, "overload");
            started.setDaemon(true);
            return started;
        });
        looking = thread;
        long nanos = config.interval().toNanos();
        thread.scheduleWithFixedDelay(() -> tryLook(gauges), nanos, nanos, TimeUnit.NANOSECONDS);
    }

    private void tryLook(List<ResourceGauge> gauges) {
        try {
            look(gauges, System.nanoTime());
        } catch (RuntimeException failed) {
            // An exception here would be the last look, and the stage stay for ever.
            LOG.error("the process's resources cannot be looked at", failed);
        }
    }

    void look(List<ResourceGauge> gauges, long nowNanos) {
        OverloadStage now = stage;
        OverloadStage wanted = OverloadStage.CALM;
        Map<Resource, Double> seen = new EnumMap<>(Resource.class);
        for (ResourceGauge gauge : gauges) {
            double used = gauge.source().use(nowNanos);
            seen.put(gauge.resource(), used);
            OverloadStage asked = config.of(gauge.resource()).stage(used, now, config.slackPercent() / 100.0);
            wanted = asked.compareTo(wanted) > 0 ? asked : wanted;
        }
        use = seen;
        boolean worse = wanted.compareTo(now) > 0;
        if (worse || (wanted != now && nowNanos - changedNanos >= STAGE_NANOS_MIN)) {
            stage = wanted;
            changedNanos = nowNanos;
            Objects.requireNonNull(entered.get(wanted)).increment();
            if (worse) {
                LOG.warn("overload: {} after {}; {}", wanted, now, describe(seen));
            } else {
                LOG.info("overload: {} after {}; {}", wanted, now, describe(seen));
            }
        }
    }

    public OverloadStage stage() {
        return stage;
    }

    /** Whether a request of this tier is not let in now, which is counted then. */
    public boolean sheds(Tier tier) {
        if (!stage.sheds(tier)) {
            return false;
        }
        Objects.requireNonNull(shed.get(tier)).increment();
        return true;
    }

    /** What was in use at the last look; 0 before. */
    public double use(Resource resource) {
        return use.getOrDefault(resource, 0.0);
    }

    /** How often a stage was entered, from either side. */
    public long enteredCount(OverloadStage of) {
        return Objects.requireNonNull(entered.get(of)).sum();
    }

    /** Requests that a stage has kept out. */
    public long shedCount(Tier tier) {
        return Objects.requireNonNull(shed.get(tier)).sum();
    }

    /** How it is, for people. */
    public String detail() {
        return stage.name().toLowerCase(Locale.ROOT) + ": " + describe(use);
    }

    private static String describe(Map<Resource, Double> used) {
        return used.entrySet().stream()
                .map(each -> each.getKey() == Resource.LOOP_LAG
                        ? String.format(Locale.ROOT, "event loops %.0f ms late", each.getValue() * 1_000)
                        : String.format(
                                Locale.ROOT,
                                "%s %.0f %%",
                                each.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                                each.getValue() * 100))
                .collect(Collectors.joining(", "));
    }

    @Override
    public void close() {
        ScheduledExecutorService thread = looking;
        if (thread != null) {
            thread.shutdownNow();
        }
    }
}
