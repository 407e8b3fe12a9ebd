package io.percolate.gateway.bench.load;

import io.percolate.gateway.bench.load.RunningPeers.Running;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One process with two event loops against two processes with one each.
 *
 * <p>Both have both cores, the same two generators and the same origin beside them, as many connections and threads; the
 * processes share nothing, the loops whatever the gateway lets them share. So the ratio of their processor time is what
 * sharing costs, and nothing of what a busier machine costs. Where the threads run is left to the kernel.
 */
final class LoopRounds {
    static final String APART = "two processes";

    private final LoadRig rig;
    private final Plan plan;
    private final Wrk wrk;
    private final PinnedProcess origin;

    /** @param origin has both cores as well while this runs */
    LoopRounds(LoadRig rig, Plan plan, Wrk wrk, PinnedProcess origin) {
        this.origin = origin;
        this.rig = rig;
        this.plan = plan;
        this.wrk = wrk;
    }

    List<Samples> measure(GatewayPeer gateway) {
        origin.move(Cores.BOTH);
        Running shared = RunningPeers.start(rig, gateway.withEventLoops(2), Cores.BOTH);
        Running first = null;
        Running second = null;
        try {
            first = RunningPeers.start(rig, gateway.withEventLoops(1), Cores.BOTH);
            second = RunningPeers.start(rig, gateway.withEventLoops(1), Cores.BOTH);
            return measure(List.of(shared, shared), List.of(first, second));
        } finally {
            shared.process().close();
            if (first != null) {
                first.process().close();
            }
            if (second != null) {
                second.process().close();
            }
            origin.move(Cores.LOAD);
        }
    }

    private List<Samples> measure(List<Running> together, List<Running> apart) {
        for (int passed = 0; passed < 2 * plan.warmupSeconds(); passed += 2) {
            loaded(together, 2);
            loaded(apart, 2);
        }
        SortedMap<Integer, Sample> ofTogether = new TreeMap<>();
        SortedMap<Integer, Sample> ofApart = new TreeMap<>();
        for (int n = 1; n <= plan.rounds(); n++) {
            ofTogether.put(n, round(n, LoadReport.SUBJECT, together));
            ofApart.put(n, round(n, APART, apart));
        }
        return List.of(
                new Samples(LoadReport.SUBJECT, LoadCase.LOOPS, ofTogether),
                new Samples(APART, LoadCase.LOOPS, ofApart));
    }

    private Sample round(int n, String name, List<Running> gateways) {
        List<PinnedProcess> processes =
                gateways.stream().map(Running::process).distinct().toList();
        Sample sample =
                new Stopwatch(processes, List.of(origin.pid())).round(true, () -> loaded(gateways, plan.seconds()));
        Progress.round(n, plan.rounds(), name, LoadCase.LOOPS, sample);
        return sample;
    }

    /** A generator for each, at the same time. */
    private Figures loaded(List<Running> gateways, int seconds) {
        List<Wrk.Running> generators = new ArrayList<>();
        for (Running gateway : gateways) {
            generators.add(wrk.start(LoadCase.LOOPS, gateway.port(), seconds, Cores.BOTH));
        }
        List<Figures> figures = generators.stream().map(Wrk::await).toList();
        Figures one = figures.getFirst();
        return new Figures(
                figures.stream().mapToLong(Figures::requests).sum(),
                one.seconds(),
                one.p50(),
                one.p90(),
                one.p99(),
                figures.stream().mapToLong(Figures::errors).sum(),
                figures.stream().mapToLong(Figures::bytes).sum());
    }
}
