package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.warmup.wake.WakeMetrics.Phase;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * Adds up the phases of one wake, which carries this in its Reactor context; its steps run one after the other. Asked from
 * other threads meanwhile.
 */
final class PhaseTimes {
    static final Class<PhaseTimes> KEY = PhaseTimes.class;

    private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);
    private @Nullable Phase underWay;
    private long begunNanos;

    static void begin(ContextView context, Phase phase, long nowNanos) {
        context.<PhaseTimes>getOrEmpty(KEY).ifPresent(times -> times.begin(phase, nowNanos));
    }

    static void add(ContextView context, Phase phase, long took) {
        context.<PhaseTimes>getOrEmpty(KEY).ifPresent(times -> times.add(phase, took));
    }

    private synchronized void begin(Phase phase, long nowNanos) {
        underWay = phase;
        begunNanos = nowNanos;
    }

    private synchronized void add(Phase phase, long took) {
        underWay = null;
        nanos.merge(phase, took, Long::sum);
    }

    /** Of all that have ended. */
    synchronized WakePhases phases() {
        return new WakePhases(of(Phase.PLACE), of(Phase.SCALE), of(Phase.LOAD), of(Phase.PROBE));
    }

    /** The same with the one that is under way. */
    synchronized WakePhases soFar(long nowNanos) {
        return new WakePhases(
                soFar(Phase.PLACE, nowNanos),
                soFar(Phase.SCALE, nowNanos),
                soFar(Phase.LOAD, nowNanos),
                soFar(Phase.PROBE, nowNanos));
    }

    private long of(Phase phase) {
        return nanos.getOrDefault(phase, 0L);
    }

    private long soFar(Phase phase, long nowNanos) {
        return phase == underWay ? Math.max(1, of(phase) + nowNanos - begunNanos) : of(phase);
    }
}
