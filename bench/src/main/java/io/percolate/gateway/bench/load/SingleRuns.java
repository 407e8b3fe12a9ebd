package io.percolate.gateway.bench.load;

import io.percolate.gateway.bench.load.RunningPeers.Running;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** The cases for which a process is started anew each round: idle connections, and the start itself. */
final class SingleRuns {
    private static final int IDLE_WARMUP_SECONDS_MAX = 6;
    private static final long QUIET_NANOS = 500_000_000;

    private final LoadRig rig;
    private final Plan plan;
    private final Wrk wrk;

    SingleRuns(LoadRig rig, Plan plan, Wrk wrk) {
        this.rig = rig;
        this.plan = plan;
        this.wrk = wrk;
    }

    List<Samples> measure(LoadCase load, List<Peer> peers) {
        Map<String, SortedMap<Integer, Sample>> samples = new LinkedHashMap<>();
        int rounds = load == LoadCase.START ? plan.rounds() : plan.singleRounds();
        for (int n = 1; n <= rounds; n++) {
            for (Peer peer : peers) {
                MachineClock before = MachineClock.now();
                Sample sample = load == LoadCase.START ? start(peer, before) : idle(peer, before);
                samples.computeIfAbsent(peer.name(), name -> new TreeMap<>()).put(n, sample);
                Progress.round(n, rounds, peer.name(), load, sample);
            }
        }
        return samples.entrySet().stream()
                .map(entry -> new Samples(entry.getKey(), load, entry.getValue()))
                .toList();
    }

    private Sample start(Peer peer, MachineClock before) {
        int port = Ports.free();
        long startedNanos = System.nanoTime();
        try (PinnedProcess process = peer.start(Cores.MEASURED, PeerPorts.clear(port))) {
            double millis = FirstAnswer.await(process, port, LoadCase.START.target(), rig.token(), startedNanos);
            return Sample.single(millis, process.residentBytes(), conditions(before));
        }
    }

    /**
     * What the memory held grows by: the resident memory, of a Java VM its live objects and what is resident outside of
     * its heap.
     */
    private Sample idle(Peer peer, MachineClock before) {
        Running running = RunningPeers.start(rig, peer, Cores.MEASURED);
        PinnedProcess process = running.process();
        int count = LoadCase.IDLE.connections();
        try (process;
                IdleConnections idle = new IdleConnections()) {
            Warmup.run(
                    running,
                    Math.min(IDLE_WARMUP_SECONDS_MAX, plan.warmupSeconds()),
                    seconds -> wrk.run(LoadCase.GET_64, running.port(), seconds, Cores.LOAD));
            long start = heldBytes(peer, process);
            idle.open(running.port(), count, rig.tokens(TokenSet.WARM), LoadCase.IDLE.target());
            long end = heldBytes(peer, process);
            int closed = idle.countClosed();
            if (closed > 0) {
                throw new IllegalStateException(peer.name() + " closed " + closed + " of " + count + " connections");
            }
            return Sample.single((end - start) / (double) count, process.residentBytes(), conditions(before));
        }
    }

    private static long heldBytes(Peer peer, PinnedProcess process) {
        LockSupport.parkNanos(QUIET_NANOS);
        return peer.isJava() ? JavaHeap.heldBytes(process.pid()) : process.residentBytes();
    }

    private static Conditions conditions(MachineClock before) {
        return new Conditions(MachineClock.now().stealShareSince(before), 0, 0);
    }
}
