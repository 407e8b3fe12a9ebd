package io.percolate.gateway.bench.load;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.fixtures.PostgresServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A gateway in a process of its own, its origin, and a steady load of well-behaved requests at it, so that something else
 * can be done to it meanwhile.
 *
 * <p>With two cores and {@code taskset} the gateway has the first and all else the second, if so asked.
 */
public final class GatewayUnderLoad implements AutoCloseable {
    private static final String GATEWAY_MAIN = "io.percolate.gateway.proxy.main.GatewayMain";

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final LoadRig rig;
    private final PeerPorts ports = PeerPorts.free(true);
    private final PinnedProcess gateway;
    private final GeneratorProcess generator;
    private final List<String> tokens;

    /**
     * @param distribution of the gateway; the class path of this process when empty
     * @param settings of the gateway beside its defaults
     * @param pinning whether to use cores apart where there are two; moves this process, too
     * @param perSecond requests of the steady load
     * @param tenants that they are of
     */
    public GatewayUnderLoad(
            Path folder,
            Optional<Path> distribution,
            Map<String, String> settings,
            boolean pinning,
            int perSecond,
            int tenants) {
        boolean pinned = pinning
                && Runtime.getRuntime().availableProcessors() > 1
                && Tools.find("taskset").isPresent();
        Cores measured = pinned ? Cores.MEASURED : Cores.ANY;
        Cores load = pinned ? Cores.LOAD : Cores.ANY;
        if (pinned) {
            load.move(ProcessHandle.current().pid());
        }
        boolean started = false;
        try {
            PostgresServer postgres = keep(PostgresServer.start());
            postgres.migrate();
            rig = new LoadRig(folder, Ports.free());
            rig.writeTokens(TokenSet.WARM, tenants);
            tokens = rig.tokens(TokenSet.WARM);
            PinnedProcess origin = keep(PinnedProcess.start(
                    "origin", load, folder, Map.of(), LoadUpstreamMain.command(rig.upstreamPort())));
            GatewayPeer peer = new GatewayPeer(
                    LoadReport.SUBJECT,
                    rig,
                    new Distribution(distribution.orElse(folder)),
                    postgres.url(),
                    List.of(),
                    1);
            peer.seed(postgres.database());
            Map<String, String> environment = new HashMap<>(peer.environment(ports));
            environment.putAll(settings);
            long startedNanos = System.nanoTime();
            gateway =
                    keep(PinnedProcess.start(LoadReport.SUBJECT, measured, folder, environment, command(distribution)));
            generator = keep(GeneratorProcess.ofRate(LoadCase.RATE, perSecond, load, folder));
            FirstAnswer.awaitListening(origin, rig.upstreamPort());
            FirstAnswer.await(gateway, ports.clear(), LoadCase.START.target(), rig.token(), startedNanos);
            started = true;
        } finally {
            if (!started) {
                close();
            }
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /** How to start a gateway of this distribution; of the class path of this process when empty. */
    static List<String> command(Optional<Path> distribution) {
        return distribution
                .map(dist -> new Distribution(dist).command("proxy-core", GATEWAY_MAIN, List.of(), List.of("serve")))
                .orElseGet(GatewayUnderLoad::ownCommand);
    }

    private static List<String> ownCommand() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                GATEWAY_MAIN,
                "serve");
    }

    /** The machine, for a report. */
    public static String machine() {
        return LoadReport.machine();
    }

    /** Where clients speak in the clear. */
    public InetSocketAddress edge() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.clear());
    }

    /** Where clients speak TLS. */
    public InetSocketAddress secured() {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), ports.secure().orElseThrow());
    }

    /** Tokens of tenants, one each. */
    public List<String> tokens() {
        return tokens;
    }

    /** The steady load, so many seconds of it; blocks until it is over. */
    public Figures steady(int seconds) {
        return generator.run(ports.clear(), seconds);
    }

    /** What the gateway holds, after a collection. */
    public HeldMemory memory() {
        return JavaHeap.held(gateway.pid());
    }

    /** Processor time of the gateway so far. */
    public double cpuSeconds() {
        return gateway.cpuSeconds();
    }

    public boolean isAlive() {
        return gateway.isAlive();
    }

    @Override
    public void close() {
        closeAll(parts);
    }

    /** Closes them, the last one first, whatever becomes of others. */
    public static void closeAll(Deque<AutoCloseable> parts) {
        RuntimeException failure = null;
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception failed) {
                if (failure == null) {
                    failure = new IllegalStateException("cannot end the gateway and what is beside it", failed);
                } else {
                    failure.addSuppressed(failed);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
