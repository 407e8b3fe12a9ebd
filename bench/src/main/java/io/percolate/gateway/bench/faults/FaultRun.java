package io.percolate.gateway.bench.faults;

import io.percolate.gateway.bench.faults.SteadyLoad.Sample;
import io.percolate.gateway.bench.faults.SteadyLoad.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** One fault after the other under a steady load, and what was noticed of each. */
final class FaultRun {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
    private static final long REST_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

    private final FaultRig rig;
    private final double perSecond;
    private final long warmNanos;
    private final long quietNanos;
    private final long faultNanos;
    private final long afterNanos;

    /** @param perSecond requests of each tenant */
    FaultRun(FaultRig rig, double perSecond, long warmMillis, long quietMillis, long faultMillis, long afterMillis) {
        this.rig = rig;
        this.perSecond = perSecond;
        this.warmNanos = TimeUnit.MILLISECONDS.toNanos(warmMillis);
        this.quietNanos = TimeUnit.MILLISECONDS.toNanos(quietMillis);
        this.faultNanos = TimeUnit.MILLISECONDS.toNanos(faultMillis);
        this.afterNanos = TimeUnit.MILLISECONDS.toNanos(afterMillis);
    }

    /** When things happened. */
    private record Times(long quiet, long begun, long repaired, long over, double ejectMillis, double retries) {}

    /** @param rehearsed whether one more fault comes first, unmeasured, so that no code that deals with faults is new */
    List<FaultResult> run(List<FaultCase> faults, boolean rehearsed) {
        List<Source> sources = IntStream.range(0, rig.tenants().size())
                .mapToObj(i -> new Source(i, rig.tenants().get(i).token(), perSecond))
                .toList();
        List<Times> times = new ArrayList<>();
        List<Sample> samples;
        try (SteadyLoad load = new SteadyLoad(rig.edge(), sources).start()) {
            LockSupport.parkNanos(warmNanos);
            load.awaitSettled();
            if (rehearsed) {
                run(FaultCase.REFUSING);
            }
            for (FaultCase fault : faults) {
                times.add(run(fault));
            }
            samples = load.end();
        }
        String left = left();
        IntPredicate victims = source -> rig.tenants().get(source).isVictims();
        List<FaultResult> results = new ArrayList<>();
        for (int i = 0; i < faults.size(); i++) {
            Times at = times.get(i);
            Window after = Window.of(samples, victims, at.repaired(), at.over());
            results.add(new FaultResult(
                    faults.get(i),
                    Window.of(samples, victims.negate(), at.quiet(), at.begun()),
                    Window.of(samples, victims.negate(), at.begun(), at.over()),
                    Window.of(samples, victims, at.begun(), at.repaired()),
                    at.ejectMillis(),
                    after.lastFailureMillis(at.repaired()),
                    at.retries(),
                    i == faults.size() - 1 ? left : ""));
        }
        return results;
    }

    private Times run(FaultCase fault) {
        long quiet = System.nanoTime();
        double retriesBefore = rig.ops().metric("router_retries_total");
        LockSupport.parkNanos(quietNanos);
        long begun = System.nanoTime();
        Thread happening = Thread.ofPlatform().start(() -> fault.begin(rig));
        double ejectMillis = -1;
        while (System.nanoTime() - begun < faultNanos || happening.isAlive()) {
            if (ejectMillis < 0 && !fault.isOfDependency() && rig.ops().isEjected(rig.victimAddress())) {
                ejectMillis = (System.nanoTime() - begun) / 1e6;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        fault.repair(rig);
        long repaired = System.nanoTime();
        LockSupport.parkNanos(afterNanos);
        return new Times(
                quiet,
                begun,
                repaired,
                System.nanoTime(),
                ejectMillis,
                rig.ops().metric("router_retries_total") - retriesBefore);
    }

    /** What the gateway has not given back some time after the last request. */
    private String left() {
        long until = System.nanoTime() + REST_NANOS_MAX;
        String left = rig.ops().left();
        while (!left.isEmpty() && System.nanoTime() - until < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
            left = rig.ops().left();
        }
        return left + (rig.tellsOfLeaks() ? "leaks in the log" : "");
    }
}
