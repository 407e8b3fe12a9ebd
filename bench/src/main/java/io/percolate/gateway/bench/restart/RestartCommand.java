package io.percolate.gateway.bench.restart;

import io.percolate.gateway.bench.load.GatewayFleet;
import io.percolate.gateway.bench.load.GatewayFleet.Member;
import io.percolate.gateway.bench.load.GatewayUnderLoad;
import io.percolate.gateway.bench.results.ResultsFile;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./gateway bench restart}: whether any request fails while gateways are replaced one after the other. */
@Command(
        name = "restart",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Replaces two gateways one after the other while clients of HTTP/1.1 and HTTP/2 use them.",
            "The clients ask for readiness and take ready gateways in turn, as a load balancer does; loopback only."
        })
public final class RestartCommand implements Callable<Integer> {
    private static final String SECTION = "Results";
    private static final int GATEWAYS = 2;
    private static final long PROBE_NANOS = Duration.ofMillis(100).toNanos();
    private static final long SETTLE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final Duration END_MAX = Duration.ofSeconds(60);
    private static final int BODY_BYTES = 1_000;
    private static final int STREAMS = 4;
    private static final int TENANTS = 100;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--rounds", description = "how often each gateway is replaced (default: 1)")
    private int rounds = 1;

    @Option(names = "--rate", description = "requests a second, half of them by each version of HTTP (default: 400)")
    private int rate = 400;

    @Option(names = "--clients", description = "clients of each version of HTTP (default: 4)")
    private int clients = 4;

    @Option(
            names = "--drain-delay",
            description = "milliseconds that a gateway serves on, not ready, before it drains (default: 2000)")
    private int drainDelayMillis = 2_000;

    @Option(names = "--out", description = "folder for RESTART.md; nothing is written without")
    private @Nullable Path out;

    @Option(
            names = "--distribution",
            description = "where lib/ is (default: as the launcher says); where there is none, the class path is used")
    private Path distribution = Path.of(System.getProperty("percolate.dist", "bench/target/dist"));

    @Override
    public Integer call() throws IOException, InterruptedException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        Tally http1 = new Tally();
        Tally http2 = new Tally();
        List<Restart> restarts = new ArrayList<>();
        AtomicBoolean over = new AtomicBoolean();
        double seconds;
        Path folder = TemporaryFolder.create("percolate-restart-");
        try (GatewayFleet fleet = new GatewayFleet(
                folder,
                Optional.of(distribution).filter(dist -> Files.isDirectory(dist.resolve("lib"))),
                Map.of("GATEWAY_EDGE_DRAIN_DELAY", drainDelayMillis + "ms"),
                GATEWAYS,
                TENANTS)) {
            List<Place> places = fleet.members().stream()
                    .map(member -> new Place(member.edge(), member.ops()))
                    .toList();
            List<Thread> threads = new ArrayList<>();
            try {
                threads.add(Thread.ofPlatform().daemon().start(() -> probe(places, over)));
                for (Place place : places) {
                    await(place, true);
                }
                long began = System.nanoTime();
                threads.addAll(load(places, fleet.tokens(), http1, http2, over));
                LockSupport.parkNanos(SETTLE_NANOS);
                for (int round = 0; round < rounds; round++) {
                    for (int i = 0; i < places.size(); i++) {
                        restarts.add(restart(fleet.members().get(i), places.get(i)));
                        LockSupport.parkNanos(SETTLE_NANOS);
                    }
                }
                seconds = (System.nanoTime() - began) / 1e9;
            } finally {
                over.set(true);
                for (Thread thread : threads) {
                    thread.join();
                }
            }
        } finally {
            TemporaryFolder.delete(folder);
        }
        // Begins with the name of this command.
        String command = "./gateway bench "
                + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        String report = RestartReport.markdown(GatewayUnderLoad.machine(), command, seconds, restarts, http1, http2);
        spec.commandLine().getOut().printf("%n%s", report);
        spec.commandLine().getOut().flush();
        if (out != null) {
            new ResultsFile(out, "RESTART.md", "# Rolling restart").replace(SECTION, report);
        }
        return RestartReport.isClean(http1, http2) ? 0 : 1;
    }

    private List<Thread> load(List<Place> places, List<String> tokens, Tally http1, Tally http2, AtomicBoolean over) {
        long intervalNanos = Duration.ofSeconds(2L * clients).dividedBy(rate).toNanos();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            String token = tokens.get(i % tokens.size());
            // Every other client sends what must not be sent twice.
            Request request = new Request("/static/200", token, i % 2 == 0 ? 0 : BODY_BYTES);
            threads.add(start(new RotatingClient(
                    places, Http1Connection::new, List.of(request), intervalNanos, http1, over::get)));
            threads.add(start(new RotatingClient(
                    places,
                    Http2Connection::new,
                    Collections.nCopies(STREAMS, request),
                    STREAMS * intervalNanos,
                    http2,
                    over::get)));
        }
        return threads;
    }

    private static Thread start(RotatingClient client) {
        return Thread.ofPlatform().daemon().start(client);
    }

    private static void probe(List<Place> places, AtomicBoolean over) {
        while (!over.get()) {
            places.forEach(Place::probe);
            LockSupport.parkNanos(PROBE_NANOS);
        }
    }

    private Restart restart(Member member, Place place) {
        long began = System.nanoTime();
        int status = member.end(END_MAX);
        long ended = System.nanoTime();
        await(place, false);
        member.start();
        await(place, true);
        Restart restart = new Restart(member.name(), (ended - began) / 1e9, status, (System.nanoTime() - ended) / 1e9);
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%s ended with %d after %.1f s, its successor was ready %.1f s later%n",
                        restart.gateway(),
                        restart.exitStatus(),
                        restart.endSeconds(),
                        restart.startSeconds());
        spec.commandLine().getOut().flush();
        return restart;
    }

    private static void await(Place place, boolean ready) {
        long until = System.nanoTime() + READY_MAX.toNanos();
        while (place.isReady() != ready) {
            if (System.nanoTime() - until > 0) {
                throw new IllegalStateException("a gateway did not become " + (ready ? "" : "un") + "ready in time");
            }
            LockSupport.parkNanos(PROBE_NANOS);
        }
    }
}
