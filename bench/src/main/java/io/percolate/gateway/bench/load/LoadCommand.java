package io.percolate.gateway.bench.load;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.bench.results.ResultsFile;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./gateway bench load}: the gateway beside its peers, each on one core, in turn. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Compares the gateway with the proxies found on this machine.",
            "Each runs on one core in turn, load and origin on the other; loopback only.",
            "Needs two cores, wrk and taskset (Debian: apt-get install wrk util-linux)."
        })
public final class LoadCommand implements Callable<Integer> {
    private static final String SECTION = "Load";
    /** More than any peer takes in a second, so that none comes twice. */
    private static final int COLD_TOKENS_PER_SECOND = 30_000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--case",
            split = ",",
            description = "cases to run (default: all): ${COMPLETION-CANDIDATES}",
            completionCandidates = CaseNames.class)
    private List<String> caseNames = List.of();

    @Option(
            names = "--peers",
            split = ",",
            description = "peers beside the gateway, or none: haproxy, haproxy-plain, nginx, scg, direct"
                    + " (default: those of each case's questions)")
    private @Nullable List<String> peerNames;

    @Option(
            names = "--beside",
            description = "the distribution of another build (bench/target/dist there) as a further peer")
    private @Nullable Path beside;

    @Option(names = "--quick", description = "get-64 in three short rounds, unless told otherwise: to compare builds")
    private boolean quick;

    @Option(names = "--rounds", description = "calm rounds of each peer in each case (default: 5, quick: 3)")
    private @Nullable Integer rounds;

    @Option(names = "--seconds", description = "length of a round (default: 3, quick: 2)")
    private @Nullable Integer seconds;

    @Option(names = "--warmup", description = "seconds of load before a Java VM's first round (default: 8)")
    private @Nullable Integer warmupSeconds;

    @Option(
            names = "--out",
            description =
                    "folder for RESULTS.md and plots (default: bench when all cases run; else nothing is written)")
    private @Nullable Path out;

    @Option(names = "--distribution", description = "where lib/ is (default: as the launcher says)")
    private Path distribution = Path.of(System.getProperty("percolate.dist", "bench/target/dist"));

    @Option(names = "--java-option", description = "a further option for the gateway's Java VM, for experiments")
    private List<String> javaOptions = List.of();

    @Override
    public Integer call() throws Exception {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        long startedNanos = System.nanoTime();
        Set<LoadCase> cases = cases();
        if (Tools.find(H2load.PROGRAM).isEmpty() && cases.removeIf(load -> load.streams() > 1)) {
            System.out.println("without HTTP/2: h2load is not installed (Debian: apt-get install nghttp2-client)");
        }
        Plan plan = new Plan(or(rounds, quick ? 3 : 5), or(seconds, quick ? 2 : 3), or(warmupSeconds, 8));
        for (String tool : List.of("wrk", "taskset")) {
            if (Tools.find(tool).isEmpty()) {
                System.err.println(tool + " is not installed (Debian: apt-get install wrk util-linux)");
                return 1;
            }
        }
        if (Runtime.getRuntime().availableProcessors() < 2) {
            System.err.println("one core is for the peers, another for the load: this machine has one");
            return 1;
        }
        Path folder = Files.createTempDirectory("percolate-load-");
        try (PostgresServer postgres = PostgresServer.start()) {
            postgres.migrate();
            LoadRig rig = new LoadRig(folder, Ports.free());
            GatewayPeer gateway = gateway(LoadReport.SUBJECT, rig, distribution, postgres);
            gateway.seed(postgres.database());
            List<Peer> peers = peers(rig, gateway, postgres);
            prepareTokens(rig, cases, plan);
            // The measured core is the peers' alone; what is started from here inherits this.
            Cores.LOAD.move(ProcessHandle.current().pid());
            run(rig, plan, cases, gateway, peers);
        } finally {
            deleteTree(folder);
        }
        System.out.printf("%nTook %d s.%n", (System.nanoTime() - startedNanos) / 1_000_000_000);
        return 0;
    }

    private void run(LoadRig rig, Plan plan, Set<LoadCase> cases, GatewayPeer gateway, List<Peer> peers)
            throws IOException {
        Wrk wrk = new Wrk(rig.folder());
        List<Samples> results = new ArrayList<>();
        try (PinnedProcess origin = PinnedProcess.start(
                        "origin", Cores.LOAD, rig.folder(), Map.of(), LoadUpstreamMain.command(rig.upstreamPort()));
                RunningPeers running = new RunningPeers(rig)) {
            FirstAnswer.awaitListening(origin, rig.upstreamPort());
            for (LoadCase load : cases) {
                System.out.printf("%n%s: %s%n", load.label(), load.question());
                List<Peer> taking =
                        peers.stream().filter(peer -> takes(peer, load)).toList();
                RequestRounds requests = new RequestRounds(rig, plan, wrk, running, origin);
                results.addAll(
                        switch (load.way()) {
                            case CLOSED_LOOP -> requests.closedLoop(load, taking);
                            case OPEN_LOOP -> requests.openLoop(load, taking);
                            case HANDSHAKES -> requests.handshakes(load, taking);
                            case SINGLE -> {
                                running.end();
                                yield new SingleRuns(rig, plan, wrk).measure(load, taking);
                            }
                            case LOOPS -> {
                                running.end();
                                yield new LoopRounds(rig, plan, wrk, origin).measure(gateway);
                            }
                        });
                write(results);
            }
        }
        System.out.printf("%n%s", report(results));
    }

    private boolean takes(Peer peer, LoadCase load) {
        return peer instanceof GatewayPeer
                || (peer.takes(load) && (peerNames != null || load.peers().contains(peer.name())));
    }

    private List<Peer> peers(LoadRig rig, GatewayPeer gateway, PostgresServer postgres) {
        List<Peer> known = List.of(
                new HaproxyPeer(rig, true),
                new HaproxyPeer(rig, false),
                new NginxPeer(rig),
                new SpringPeer(rig, peersFolder().resolve("spring-cloud-gateway/target/scg-peer.jar")),
                new DirectPeer(rig));
        List<String> wanted = peerNames != null
                ? peerNames.stream().filter(name -> !name.equals("none")).toList()
                : quick ? List.of() : known.stream().map(Peer::name).toList();
        for (String name : wanted) {
            if (known.stream().noneMatch(peer -> peer.name().equals(name))) {
                throw new ParameterException(spec.commandLine(), "'" + name + "' is not a peer");
            }
        }
        List<Peer> taking = new ArrayList<>(List.of(gateway));
        if (beside != null) {
            taking.add(gateway("beside", rig, beside.toAbsolutePath(), postgres));
        }
        for (Peer peer : known) {
            if (wanted.contains(peer.name())) {
                peer.missing()
                        .ifPresentOrElse(
                                why -> System.out.println("without " + peer.name() + ": " + why),
                                () -> taking.add(peer));
            }
        }
        return taking;
    }

    private GatewayPeer gateway(String name, LoadRig rig, Path dist, PostgresServer postgres) {
        return new GatewayPeer(name, rig, new Distribution(dist), postgres.url(), javaOptions, 1);
    }

    /** Beside the distribution's module, in the source tree. */
    private Path peersFolder() {
        return distribution.toAbsolutePath().normalize().resolve("../../peers").normalize();
    }

    private static void prepareTokens(LoadRig rig, Set<LoadCase> cases, Plan plan) {
        for (TokenSet set : TokenSet.values()) {
            // Every start is probed with a warm token.
            if (set == TokenSet.WARM || cases.stream().anyMatch(load -> load.tokens() == set)) {
                int count = set == TokenSet.WARM ? LoadRig.TENANTS : COLD_TOKENS_PER_SECOND * plan.seconds();
                System.out.printf("signing %,d tokens (%s) ...%n", count, set.fileName());
                rig.writeTokens(set, count);
            }
        }
    }

    private Set<LoadCase> cases() {
        if (caseNames.isEmpty()) {
            return quick ? EnumSet.of(LoadCase.GET_64) : EnumSet.allOf(LoadCase.class);
        }
        Set<LoadCase> cases = EnumSet.noneOf(LoadCase.class);
        for (String name : caseNames) {
            cases.add(LoadCase.of(name)
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(), "'" + name + "' is not a case: " + CaseNames.names())));
        }
        return cases;
    }

    private String report(List<Samples> results) {
        // Begins with the name of this command.
        String command = "./gateway bench "
                + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        return LoadReport.markdown(results, LoadReport.machine(), command);
    }

    /** After every case, so that an interrupted run leaves what it found. */
    private void write(List<Samples> results) throws IOException {
        Path folder = out != null ? out : caseNames.isEmpty() && !quick ? Path.of("bench") : null;
        if (folder != null) {
            new ResultsFile(folder).replace(SECTION, report(results));
            LoadPlot.write(results, folder.resolve("plots"));
        }
    }

    private static int or(@Nullable Integer given, int otherwise) {
        return given == null ? otherwise : given;
    }

    private static void deleteTree(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** The cases' labels, for help. */
    static final class CaseNames implements Iterable<String> {
        static List<String> names() {
            return Arrays.stream(LoadCase.values()).map(LoadCase::label).toList();
        }

        @Override
        public Iterator<String> iterator() {
            return names().iterator();
        }
    }
}
