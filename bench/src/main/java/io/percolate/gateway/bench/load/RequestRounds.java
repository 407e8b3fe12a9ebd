package io.percolate.gateway.bench.load;

import io.percolate.gateway.bench.load.RunningPeers.Running;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The rounds of a case that sends requests: all peers in turn, in changing order, disturbed rounds once more. */
final class RequestRounds {
    private final LoadRig rig;
    private final Plan plan;
    private final Wrk wrk;
    private final H2load h2load;
    private final RunningPeers running;
    private final PinnedProcess origin;

    RequestRounds(LoadRig rig, Plan plan, Wrk wrk, RunningPeers running, PinnedProcess origin) {
        this.rig = rig;
        this.plan = plan;
        this.wrk = wrk;
        this.h2load = new H2load(rig);
        this.running = running;
        this.origin = origin;
    }

    List<Samples> closedLoop(LoadCase load, List<Peer> peers) {
        return measure(load, peers, List.of(origin.pid()), (peer, seconds) -> {
            if (load.isCold()) {
                peer.peer().forgetTokens();
            }
            Figures figures = load.streams() > 1
                    ? h2load.run(load, peer.portFor(load), seconds, Cores.LOAD)
                    : wrk.run(load, peer.portFor(load), seconds, Cores.LOAD);
            // A token that came twice was not new.
            return load.isCold()
                    ? figures.withErrors(Math.max(0, figures.requests() - rig.tokenCount(load.tokens())))
                    : figures;
        });
    }

    List<Samples> openLoop(LoadCase load, List<Peer> peers) {
        try (GeneratorProcess generator =
                GeneratorProcess.ofRate(load, LoadCase.RATE_PER_SECOND, Cores.LOAD, rig.folder())) {
            return generated(load, peers, generator);
        }
    }

    List<Samples> handshakes(LoadCase load, List<Peer> peers) {
        try (GeneratorProcess generator = GeneratorProcess.ofHandshakes(load, rig.folder())) {
            return generated(load, peers, generator);
        }
    }

    private List<Samples> generated(LoadCase load, List<Peer> peers, GeneratorProcess generator) {
        // Warms the generator; the peers have a warm-up of their own.
        generator.run(running.of(peers.getLast(), load).portFor(load), plan.warmupSeconds());
        return measure(
                load,
                peers,
                List.of(origin.pid(), generator.pid()),
                (peer, seconds) -> generator.run(peer.portFor(load), seconds));
    }

    private interface Load {
        Figures run(Running peer, int seconds);
    }

    private List<Samples> measure(LoadCase load, List<Peer> peers, List<Long> others, Load requests) {
        Map<String, SortedMap<Integer, Sample>> samples = new LinkedHashMap<>();
        for (Peer peer : peers) {
            Running one = running.of(peer, load);
            Warmup.run(one, plan.warmupSeconds(), seconds -> requests.run(one, seconds));
            samples.put(peer.name(), new TreeMap<>());
        }
        for (int n = 1; n <= plan.roundsMax(); n++) {
            List<Peer> turns = peers.stream()
                    .filter(peer -> calmPairs(samples, peer, peers) < plan.rounds())
                    .toList();
            for (Peer peer : n % 2 == 1 ? turns : turns.reversed()) {
                Running one = running.of(peer, load);
                Sample sample = new Stopwatch(List.of(one.process()), others)
                        .round(peer.isJava(), () -> requests.run(one, plan.seconds()));
                Objects.requireNonNull(samples.get(peer.name())).put(n, sample);
                Progress.round(n, plan.rounds(), peer.name(), load, sample);
            }
        }
        return samples.entrySet().stream()
                .map(entry -> new Samples(entry.getKey(), load, entry.getValue()))
                .toList();
    }

    /** Rounds that were calm for the peer and the gateway; for the gateway, the fewest that it has with a peer. */
    private static long calmPairs(Map<String, SortedMap<Integer, Sample>> samples, Peer peer, List<Peer> peers) {
        List<Peer> others = peer.equals(peers.getFirst()) ? peers : List.of(peer);
        return others.stream()
                .mapToLong(other -> Objects.requireNonNull(
                                samples.get(peers.getFirst().name()))
                        .entrySet()
                        .stream()
                        .filter(mine -> isCalm(mine.getValue())
                                && isCalm(Objects.requireNonNull(samples.get(other.name()))
                                        .get(mine.getKey())))
                        .count())
                .min()
                .orElse(0);
    }

    private static boolean isCalm(@Nullable Sample sample) {
        return sample != null && !sample.isDisturbed();
    }
}
