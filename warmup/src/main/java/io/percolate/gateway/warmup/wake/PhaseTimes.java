package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.warmup.wake.WakeMetrics.Phase;
import java.util.EnumMap;
import java.util.Map;
import reactor.util.context.ContextView;

/** Adds up the phases of one wake, which carries this in its Reactor context; its steps run one after the other. */
final class PhaseTimes {
    static final Class<PhaseTimes> KEY = PhaseTimes.class;

    private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);

    static void add(ContextView context, Phase phase, long took) {
        context.<PhaseTimes>getOrEmpty(KEY).ifPresent(times -> times.add(phase, took));
    }

    private synchronized void add(Phase phase, long took) {
        nanos.merge(phase, took, Long::sum);
    }

    synchronized WakePhases phases() {
        return new WakePhases(of(Phase.PLACE), of(Phase.SCALE), of(Phase.LOAD), of(Phase.PROBE));
    }

    private long of(Phase phase) {
        return nanos.getOrDefault(phase, 0L);
    }
}
