package io.percolate.gateway.bench.abuse;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.percolate.gateway.bench.abuse.Offenders.Count;
import io.percolate.gateway.bench.load.Figures;
import io.percolate.gateway.bench.load.GatewayUnderLoad;
import io.percolate.gateway.bench.load.HeldMemory;
import io.percolate.gateway.bench.results.ResultsFile;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./gateway bench abuse}: what well-behaved clients notice of abuse of each kind. */
@Command(
        name = "abuse",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Abuses a gateway in each way in turn, beside a steady load whose answers and latencies count.",
            "With two cores and taskset the gateway has the first, all else the second; loopback only."
        })
public final class AbuseCommand implements Callable<Integer> {
    private static final String SECTION = "Results";
    /** Each waits for clients in some way, and says when that is too long. */
    private static final List<String> PATIENCE_KEYS = List.of(
            "GATEWAY_EDGE_HEADER_TIMEOUT",
            "GATEWAY_EDGE_HANDSHAKE_TIMEOUT",
            "GATEWAY_EDGE_BODY_IDLE_TIMEOUT",
            "GATEWAY_EDGE_WRITE_IDLE_TIMEOUT",
            "GATEWAY_EDGE_RATE_GRACE");

    private static final int WARMUP_OFFENDERS_DIVISOR = 10;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--kind",
            split = ",",
            description = "kinds of abuse (default: all, in turn): ${COMPLETION-CANDIDATES}",
            completionCandidates = KindNames.class)
    private List<String> kindNames = List.of();

    @Option(names = "--together", description = "the kinds at once, not in turn")
    private boolean together;

    @Option(
            names = "--offenders",
            description = "connections of the kinds that cost the gateway least; of others a part (default: 5000)")
    private int offenders = 5_000;

    @Option(names = "--rate", description = "well-behaved requests a second (default: 500)")
    private int rate = 500;

    @Option(names = "--rounds", description = "of each abuse, each after a quiet time of its own (default: 3)")
    private int rounds = 3;

    @Option(names = "--seconds", description = "length of each quiet time and of each abuse (default: 12)")
    private int seconds = 12;

    @Option(names = "--warmup", description = "seconds of both before the first quiet time (default: 15)")
    private int warmupSeconds = 15;

    @Option(
            names = "--patience",
            description = "milliseconds that the gateway waits for heads, bodies, readers and handshakes"
                    + " (default: as long as it does by default, 10 s for most)")
    private @Nullable Integer patienceMillis;

    @Option(names = "--tenants", hidden = true, description = "tenants of the steady load (default: 1000)")
    private int tenants = 1_000;

    @Option(
            names = "--out",
            description = "folder for ABUSE.md (default: bench when all kinds run; else nothing is written)")
    private @Nullable Path out;

    @Option(names = "--anywhere", description = "leave it to the machine which cores are used")
    private boolean anywhere;

    @Option(
            names = "--distribution",
            description = "where lib/ is (default: as the launcher says); where there is none, the class path is used")
    private Path distribution = Path.of(System.getProperty("percolate.dist", "bench/target/dist"));

    @Override
    public Integer call() throws IOException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        Set<AbuseKind> kinds = kinds();
        List<AbuseRun> runs = new ArrayList<>();
        Path folder = TemporaryFolder.create("percolate-abuse-");
        try (var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
                GatewayUnderLoad gateway = new GatewayUnderLoad(
                        folder,
                        Optional.of(distribution).filter(dist -> Files.isDirectory(dist.resolve("lib"))),
                        settings(),
                        !anywhere,
                        rate,
                        tenants)) {
            if (warmupSeconds > 0) {
                say("warming up for %d s", warmupSeconds);
                run(
                        "warm-up",
                        kinds,
                        gateway,
                        group.next(),
                        Math.max(1, offenders / WARMUP_OFFENDERS_DIVISOR),
                        warmupSeconds);
            }
            for (int round = 1; round <= rounds; round++) {
                say("round %d of %d", round, rounds);
                if (together) {
                    runs.add(run("together", kinds, gateway, group.next(), offenders, seconds));
                    write(runs);
                } else {
                    for (AbuseKind kind : kinds) {
                        say("%s: %s", kind.label(), kind.description());
                        runs.add(run(kind.label(), Set.of(kind), gateway, group.next(), offenders, seconds));
                        write(runs);
                    }
                }
            }
        } finally {
            TemporaryFolder.delete(folder);
        }
        spec.commandLine().getOut().printf("%n%s", report(runs));
        spec.commandLine().getOut().flush();
        return runs.stream().allMatch(run -> run.success() == 1) ? 0 : 1;
    }

    private AbuseRun run(
            String label, Set<AbuseKind> kinds, GatewayUnderLoad gateway, EventLoop loop, int count, int length) {
        List<Offenders> all = new ArrayList<>();
        int tenant = 0;
        for (AbuseKind kind : kinds) {
            Offence offence = kind.offence(
                    gateway.tokens().get(tenant++ % gateway.tokens().size()));
            all.add(new Offenders(
                    loop,
                    kind,
                    offence.secure() ? gateway.secured() : gateway.edge(),
                    kind.connections(count),
                    kind.opensPerSecond(count),
                    offence));
        }
        Figures quiet = gateway.steady(length);
        Figures others;
        double cpuSeconds;
        List<Count> counts;
        HeldMemory during;
        try {
            double before = gateway.cpuSeconds();
            all.forEach(Offenders::begin);
            others = gateway.steady(length);
            cpuSeconds = gateway.cpuSeconds() - before;
            counts = all.stream().map(Offenders::count).toList();
            during = gateway.memory();
        } finally {
            all.forEach(Offenders::close);
        }
        AbuseRun run =
                new AbuseRun(label, others, quiet, cpuSeconds / others.seconds(), counts, during, gateway.memory());
        say(
                "  %-16s success %.3f %%  p50 %,.0f us  p99 %,.0f us, %,.0f before  core %.0f %%  %d opened, %d closed by the gateway",
                label,
                run.success() * 100,
                others.p50(),
                others.p99(),
                quiet.p99(),
                run.coreShare() * 100,
                run.opened(),
                run.closed());
        return run;
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        if (patienceMillis != null) {
            PATIENCE_KEYS.forEach(
                    key -> settings.put(key, Duration.ofMillis(patienceMillis).toMillis() + "ms"));
        }
        return settings;
    }

    private Set<AbuseKind> kinds() {
        if (kindNames.isEmpty()) {
            return EnumSet.allOf(AbuseKind.class);
        }
        Set<AbuseKind> kinds = EnumSet.noneOf(AbuseKind.class);
        for (String name : kindNames) {
            kinds.add(AbuseKind.of(name)
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(), "'" + name + "' is no kind of abuse: " + KindNames.names())));
        }
        return kinds;
    }

    private void say(String format, Object... arguments) {
        PrintWriter to = spec.commandLine().getOut();
        to.printf(Locale.ROOT, format + "%n", arguments);
        to.flush();
    }

    private String report(List<AbuseRun> runs) {
        // Begins with the name of this command.
        String command = "./gateway bench "
                + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        return AbuseReport.markdown(runs, GatewayUnderLoad.machine(), command);
    }

    /** After each abuse, so that an interrupted run leaves what it found. */
    private void write(List<AbuseRun> runs) throws IOException {
        Path folder = out != null ? out : kindNames.isEmpty() && !together ? Path.of("bench") : null;
        if (folder != null) {
            new ResultsFile(folder, "ABUSE.md", "# Abuse").replace(SECTION, report(runs));
        }
    }

    /** The kinds' labels, for help. */
    static final class KindNames implements Iterable<String> {
        static List<String> names() {
            return Arrays.stream(AbuseKind.values()).map(AbuseKind::label).toList();
        }

        @Override
        public Iterator<String> iterator() {
            return names().iterator();
        }
    }
}
