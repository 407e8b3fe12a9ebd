package io.percolate.gateway.bench.faults;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.bench.load.GatewayUnderLoad;
import io.percolate.gateway.fixtures.LocalPort;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.RedisServer;
import io.percolate.gateway.fixtures.ServerProcess;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** PostgreSQL, Redis, one gateway and two processes of stand-in pods, one of which is to fail; and tenants hot in them. */
final class FaultRig implements AutoCloseable {
    private static final String SECRET = "faults-bench-secret-of-enough-bytes!";
    private static final String GATEWAY_MAIN = "io.percolate.gateway.proxy.main.GatewayMain";
    private static final String HOST = "127.0.0.1";

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Path folder;
    private final PostgresServer postgres;
    private final RedisServer redis;
    private final TokenSigner signer = TokenSigner.of(new Secret(SECRET), Clock.systemUTC());
    private final int victimPort = LocalPort.free();
    private final int delayMillis;
    private final List<Tenant> tenants = new ArrayList<>();
    private final ServerProcess gateway;
    private final int port = LocalPort.free();
    private final GatewayOps ops = new GatewayOps(LocalPort.free());
    private Pods victim;
    /** Has started, and does not listen yet: a start takes the processor from all others. */
    private Pods standby;

    /** A tenant, and whether its pod is the one that fails. */
    record Tenant(TenantId id, String tier, boolean isVictims, String token) {}

    /**
     * @param pods beside the one that fails
     * @param tiers of the tenants of each pod, in turn, one each
     * @param settings of the gateway beside those of the rig
     */
    FaultRig(Path folder, int pods, List<String> tiers, int delayMillis, Map<String, String> settings) {
        this.folder = folder;
        this.delayMillis = delayMillis;
        boolean started = false;
        try {
            postgres = keep(PostgresServer.startEmbedded());
            redis = keep(RedisServer.start());
            postgres.migrate();
            List<Integer> ports =
                    IntStream.range(0, pods).mapToObj(i -> LocalPort.free()).toList();
            Pods others = keep(pods("others", PodFault.NONE, ports));
            victim = keep(pods("victim", PodFault.NONE, List.of(victimPort)));
            standby = keep(pods("standby", PodFault.REFUSING, List.of(victimPort)));
            seed(victimPort, tiers, true);
            ports.forEach(each -> seed(each, tiers, false));
            others.process().awaitReady(() -> others.become(PodFault.NONE));
            victim.process().awaitReady(() -> victim.become(PodFault.NONE));
            standby.process().awaitReady(() -> standby.become(PodFault.REFUSING));
            gateway = keep(ServerProcess.start(
                    "gateway",
                    command("proxy-core", GATEWAY_MAIN, "256m", List.of("serve")),
                    environment(settings),
                    folder.resolve("gateway.log")));
            gateway.awaitReady(ops::isReady);
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

    private void seed(int podPort, List<String> tiers, boolean isVictims) {
        for (String tier : tiers.stream().distinct().toList()) {
            postgres.database()
                    .execute("INSERT INTO pods (id, tier, host, port, capacity, heartbeat_at) VALUES ('"
                            + pod(podPort, tier) + "', '" + tier + "', '" + HOST + "', " + podPort
                            + ", 1000000, now() + interval '1 day')");
        }
        for (String tier : tiers) {
            TenantId id = new TenantId(UUID.randomUUID());
            postgres.database()
                    .execute("INSERT INTO tenants (id, email, tier) VALUES ('" + id + "', '" + id + "@bench.test', '"
                            + tier + "')");
            postgres.database()
                    .execute("UPDATE tenant_states SET state = 'hot', pod_id = '" + pod(podPort, tier)
                            + "', epoch = 1 WHERE tenant_id = '" + id + "'");
            String token = signer.sign(
                    new TokenGrant(id, "tenant_id", "bench", Optional.empty(), List.of(), Duration.ofHours(1)));
            tenants.add(new Tenant(id, tier, isVictims, token));
        }
    }

    private static String pod(int podPort, String tier) {
        return "pod-" + podPort + "-" + tier;
    }

    private Pods pods(String name, PodFault first, List<Integer> ports) {
        int control = LocalPort.free();
        List<String> arguments =
                new ArrayList<>(List.of(String.valueOf(control), String.valueOf(delayMillis), first.name()));
        ports.forEach(each -> arguments.add(String.valueOf(each)));
        ServerProcess process = ServerProcess.start(
                name,
                command("bench", FaultPodMain.class.getName(), "128m", arguments),
                System.getenv(),
                folder.resolve(name + ".log"));
        return new Pods(process, control);
    }

    /** A process of stand-in pods, and where it is told what to do wrong. */
    private record Pods(ServerProcess process, int control) implements AutoCloseable {
        /** Has them do this wrong from now on; false when they do not answer. */
        boolean become(PodFault fault) {
            return GatewayOps.status("http://127.0.0.1:" + control + "/" + fault) == 200;
        }

        @Override
        public void close() {
            if (process.isAlive()) {
                signal("CONT", process.pid());
            }
            process.close();
        }
    }

    private Map<String, String> environment(Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(Map.ofEntries(
                Map.entry("MANAGEMENT_DB_URL", postgres.url()),
                Map.entry("S3_CONTEXT_CACHE_BUCKET", "none"),
                Map.entry("GATEWAY_S3_ENDPOINT", "http://127.0.0.1:1"),
                Map.entry("GATEWAY_S3_REGION", "us-east-1"),
                Map.entry("GATEWAY_S3_ACCESS_KEY", "none"),
                Map.entry("GATEWAY_S3_SECRET_KEY", "none"),
                Map.entry("GATEWAY_KEY_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                Map.entry("GATEWAY_JWT_HS256_SECRET", SECRET),
                Map.entry("GATEWAY_REDIS_URL", redis.url()),
                Map.entry("GATEWAY_REDIS_SEAL_SECRET", SECRET),
                Map.entry("GATEWAY_EDGE_HOST", HOST),
                Map.entry("GATEWAY_EDGE_PORT", Integer.toString(port)),
                Map.entry("GATEWAY_OPS_HOST", HOST),
                Map.entry("GATEWAY_OPS_PORT", Integer.toString(ops.port())),
                Map.entry("GATEWAY_COLD_RULES", "* /** -> hold")));
        environment.putAll(settings);
        return environment;
    }

    /** From the packaged product where there is one, else from this process's class path. */
    private static List<String> command(String module, String main, String heap, List<String> arguments) {
        List<String> options = List.of(
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                // They run for a minute: what compiles better takes longer, from all of them.
                "-XX:TieredStopAtLevel=1",
                "-Dpercolate.parent.pid=" + ProcessHandle.current().pid());
        String distribution = System.getProperty("percolate.dist", "");
        if (!distribution.isEmpty()) {
            return new Distribution(Path.of(distribution)).command(module, main, options, arguments);
        }
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of(
                "-XX:+UseCompactObjectHeaders",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main));
        command.addAll(arguments);
        return command;
    }

    InetSocketAddress edge() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    List<Tenant> tenants() {
        return List.copyOf(tenants);
    }

    GatewayOps ops() {
        return ops;
    }

    /** Address of the pod that fails, as the gateway knows it. */
    String victimAddress() {
        return HOST + ":" + victimPort;
    }

    /** Has the pod do this wrong from now on. */
    void fault(PodFault fault) {
        if (!victim.become(fault)) {
            throw new IllegalStateException("the pod did not become " + fault);
        }
    }

    void killVictim() {
        signal("KILL", victim.process().pid());
    }

    /** Another process takes over the address of the pod that was killed; once. */
    void replaceVictim() {
        victim = standby;
        fault(PodFault.NONE);
    }

    void pauseVictim() {
        signal("STOP", victim.process().pid());
    }

    void resumeVictim() {
        signal("CONT", victim.process().pid());
    }

    RedisServer redis() {
        return redis;
    }

    PostgresServer postgres() {
        return postgres;
    }

    /** PostgreSQL is a process for each connection: all of them. */
    void pausePostgres() {
        postgresProcesses().forEach(pid -> signal("STOP", pid));
    }

    void resumePostgres() {
        postgresProcesses().forEach(pid -> signal("CONT", pid));
    }

    private List<Long> postgresProcesses() {
        long pid = postgres.pid().orElseThrow();
        return Stream.concat(
                        Stream.of(pid),
                        ProcessHandle.of(pid).stream()
                                .flatMap(ProcessHandle::descendants)
                                .map(ProcessHandle::pid))
                .toList();
    }

    private static void signal(String name, long pid) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    /** Bytes of the gateway's memory that are in use. */
    long residentBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + gateway.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Whether the gateway's log tells of a buffer that nobody released. */
    boolean tellsOfLeaks() {
        try (Stream<String> lines = Files.lines(folder.resolve("gateway.log"))) {
            return lines.anyMatch(line -> line.contains("LEAK:"));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Override
    public void close() {
        GatewayUnderLoad.closeAll(parts);
    }
}
