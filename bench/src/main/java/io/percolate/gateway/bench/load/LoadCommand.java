package io.percolate.gateway.bench.load;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./gateway bench load}: the gateway beside its peers, each on one core, in turn. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description = {
            "Compares the gateway with the proxies found on this machine.",
            "Each runs on one core in turn, load and origin on the other; loopback only.",
            "Needs wrk and h2load (Debian: apt-get install wrk nghttp2-client)."
        })
public final class LoadCommand implements Callable<Integer> {
    private static final int COLD_RS256_TOKENS = 90_000;
    private static final int COLD_ES256_TOKENS = 60_000;
    private static final int IDLE_CONNECTIONS = 10_000;
    private static final Duration READY_MAX = Duration.ofSeconds(60);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private picocli.CommandLine.Model.CommandSpec spec;

    @Option(
            names = "--peers",
            split = ",",
            description = "peers beside the gateway: haproxy, haproxy-plain, nginx, scg, direct (default: all found)")
    private List<String> peerNames = List.of("haproxy", "haproxy-plain", "nginx", "scg", "direct");

    @Option(
            names = "--case",
            split = ",",
            description = "cases to run (default: all): ${COMPLETION-CANDIDATES}",
            completionCandidates = CaseNames.class)
    private List<String> caseNames = new CaseNames().names();

    @Option(names = "--rounds", description = "rounds of each peer in each case (default: ${DEFAULT-VALUE})")
    private int rounds = 5;

    @Option(names = "--seconds", description = "length of a round (default: ${DEFAULT-VALUE})")
    private int seconds = 4;

    @Option(names = "--warmup", description = "seconds of load before the first round (default: ${DEFAULT-VALUE})")
    private int warmupSeconds = 10;

    @Option(names = "--out", description = "folder for RESULTS.md and plots (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("bench");

    @Option(names = "--distribution", description = "where lib/ is (default: as the launcher says)")
    private Path distribution = Path.of(System.getProperty("percolate.dist", "bench/target/dist"));

    @Option(names = "--java-option", description = "a further option for the gateway's Java VM, for experiments")
    private List<String> javaOptions = List.of();

    @Override
    public Integer call() throws Exception {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        Set<LoadCase> cases = cases();
        for (String tool : List.of("wrk", "h2load", "taskset")) {
            if (Tools.find(tool).isEmpty()) {
                System.err.println(tool + " is not installed (Debian: apt-get install wrk nghttp2-client util-linux)");
                return 1;
            }
        }
        Path folder = Files.createTempDirectory("percolate-load-");
        try (PostgresServer postgres = PostgresServer.start()) {
            postgres.migrate();
            LoadRig rig = new LoadRig(folder, freePort());
            List<Peer> peers = peers(rig, postgres);
            prepareTokens(rig, cases);
            try (PinnedProcess origin =
                    PinnedProcess.start("origin", 1, folder, Map.of(), LoadUpstreamMain.command(rig.upstreamPort()))) {
                LoadRound.awaitListening(origin, rig.upstreamPort(), READY_MAX);
                List<Samples> results = new ArrayList<>();
                for (LoadCase load : cases) {
                    results.addAll(measure(rig, peers, load));
                    write(results);
                }
            }
        } finally {
            deleteTree(folder);
        }
        return 0;
    }

    private List<Samples> measure(LoadRig rig, List<Peer> peers, LoadCase load) throws IOException {
        System.out.printf("%n%s: %s%n", load.label(), load.question());
        Map<String, List<Sample>> samples = new LinkedHashMap<>();
        LoadRound round = new LoadRound(rig, seconds, warmupSeconds, IDLE_CONNECTIONS);
        for (int n = 1; n <= rounds; n++) {
            for (Peer peer : peers) {
                if (!peer.takes(load)) {
                    continue;
                }
                Sample sample = round.measure(peer, load, freePort());
                samples.computeIfAbsent(peer.name(), name -> new ArrayList<>()).add(sample);
                System.out.printf(
                        "  round %d/%d  %-14s %s%s%n",
                        n, rounds, peer.name(), figures(load, sample), sample.isDisturbed() ? "  (disturbed)" : "");
            }
        }
        return samples.entrySet().stream()
                .map(entry -> new Samples(entry.getKey(), load, entry.getValue()))
                .toList();
    }

    private static String figures(LoadCase load, Sample sample) {
        return switch (load) {
            case IDLE -> String.format(Locale.ROOT, "%,.0f bytes a connection", sample.p50Micros());
            case START -> String.format(Locale.ROOT, "%,.0f ms to the first answer", sample.p50Micros());
            case GET_64, GET_1000, GET_16K, GET_1M, POST_64K, COLD_RS256, COLD_ES256, RATE ->
                String.format(
                        Locale.ROOT,
                        "%,10.0f req/s  %.4f CPU-s/1k  p50 %,.0f us  p99 %,.0f us  %d errors",
                        sample.requestsPerSecond(),
                        sample.cpuSecondsPer1000(),
                        sample.p50Micros(),
                        sample.p99Micros(),
                        sample.errors());
        };
    }

    private List<Peer> peers(LoadRig rig, PostgresServer postgres) throws IOException {
        GatewayPeer gateway =
                new GatewayPeer(rig, new Distribution(distribution), postgres.url(), freePort(), javaOptions, 1);
        gateway.seed(postgres.database());
        List<Peer> known = List.of(
                new HaproxyPeer(rig, true),
                new HaproxyPeer(rig, false),
                new NginxPeer(rig),
                new SpringPeer(rig, peersFolder().resolve("spring-cloud-gateway/target/scg-peer.jar")),
                new DirectPeer(rig));
        for (String name : peerNames) {
            if (known.stream().noneMatch(peer -> peer.name().equals(name))) {
                throw new ParameterException(spec.commandLine(), "'" + name + "' is not a peer");
            }
        }
        List<Peer> taking = new ArrayList<>(List.of(gateway));
        for (Peer peer : known) {
            if (peerNames.contains(peer.name())) {
                peer.missing()
                        .ifPresentOrElse(
                                why -> System.out.println("without " + peer.name() + ": " + why),
                                () -> taking.add(peer));
            }
        }
        return taking;
    }

    /** Beside the distribution's module, in the source tree. */
    private Path peersFolder() {
        return distribution.toAbsolutePath().normalize().resolve("../../peers").normalize();
    }

    private void prepareTokens(LoadRig rig, Set<LoadCase> cases) {
        for (TokenSet set : TokenSet.values()) {
            // Every start is probed with a warm token.
            if (set == TokenSet.WARM || cases.stream().anyMatch(load -> load.tokens() == set)) {
                int count = switch (set) {
                    case WARM -> LoadRig.TENANTS;
                    case COLD_RS256 -> COLD_RS256_TOKENS;
                    case COLD_ES256 -> COLD_ES256_TOKENS;
                };
                System.out.printf("signing %,d tokens (%s) ...%n", count, set.fileName());
                rig.writeTokens(set, count);
            }
        }
    }

    private Set<LoadCase> cases() {
        Set<LoadCase> cases = EnumSet.noneOf(LoadCase.class);
        for (String name : caseNames) {
            cases.add(LoadCase.of(name)
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(), "'" + name + "' is not a case: " + new CaseNames().names())));
        }
        return cases;
    }

    private void write(List<Samples> results) throws IOException {
        Files.createDirectories(out);
        String command = "./gateway bench load "
                + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        Files.writeString(
                out.resolve("RESULTS.md"),
                "# Results\n\n" + LoadReport.markdown(results, LoadReport.machine(), command));
        LoadPlot.write(results, out.resolve("plots"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** The cases' labels, for help and defaults. */
    static final class CaseNames implements Iterable<String> {
        List<String> names() {
            return java.util.Arrays.stream(LoadCase.values())
                    .map(LoadCase::label)
                    .toList();
        }

        @Override
        public java.util.Iterator<String> iterator() {
            return names().iterator();
        }
    }
}
