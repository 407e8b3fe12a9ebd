package io.percolate.gateway.bench.coldstart;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.fixtures.LocalPort;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.ServerProcess;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** PostgreSQL, reference pods of tier C and gateways, each a process of its own that can be killed. */
final class ColdStartRig implements AutoCloseable {
    private static final String SECRET = "cold-start-bench-secret-of-enough-bytes";
    private static final String GATEWAY_MAIN = "io.percolate.gateway.proxy.main.GatewayMain";
    private static final String POD_MAIN = "io.percolate.gateway.bench.pod.TierPodMain";
    private static final Duration PROBE_MAX = Duration.ofSeconds(2);
    private static final int OK = 200;

    private final Plan plan;
    private final Path folder;
    private final PostgresServer postgres;
    private final TokenSigner signer = TokenSigner.of(new Secret(SECRET), Clock.systemUTC());
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, Node> pods = new LinkedHashMap<>();
    private final List<Node> gateways = new ArrayList<>();

    /**
     * What is started.
     *
     * @param capacity hot tenants of each pod
     * @param memory options of the gateways' Java VMs
     * @param settings of the gateways, beyond those of the rig
     */
    record Plan(
            int pods,
            int capacity,
            int gateways,
            Duration loadDelay,
            List<String> memory,
            Map<String, String> settings) {
        /** Of a process that shares few cores with many. */
        static final List<String> SMALL = List.of("-Xmx256m", "-XX:+UseSerialGC");
    }

    /** A process and where it listens. */
    record Node(String name, ServerProcess process, URI url, int opsPort) {}

    ColdStartRig(Plan plan, Path folder) {
        this.plan = plan;
        this.folder = folder;
        this.postgres = PostgresServer.startEmbedded();
        postgres.migrate();
        for (int i = 0; i < plan.pods(); i++) {
            String id = "tier-c-" + i;
            pods.put(id, launchPod(id, LocalPort.free()));
        }
        for (int i = 0; i < plan.gateways(); i++) {
            gateways.add(launchGateway("gateway-" + i));
        }
        pods.values()
                .forEach(pod -> pod.process().awaitReady(() -> answers(pod.url().resolve("/ready"))));
        gateways.forEach(gateway -> gateway.process()
                .awaitReady(() -> answers(URI.create("http://127.0.0.1:" + gateway.opsPort() + "/ready"))));
    }

    List<Node> gateways() {
        return List.copyOf(gateways);
    }

    Map<String, Node> pods() {
        return Map.copyOf(pods);
    }

    HttpClient http() {
        return http;
    }

    /** Tenants of this tier that have never been anywhere. */
    List<TenantId> newTenants(int count, String tier) {
        List<TenantId> tenants = Stream.generate(() -> new TenantId(UUID.randomUUID()))
                .limit(count)
                .toList();
        for (int from = 0; from < count; from += 1_000) {
            StringBuilder rows = new StringBuilder();
            for (TenantId tenant : tenants.subList(from, Math.min(count, from + 1_000))) {
                rows.append(rows.isEmpty() ? "" : ", ")
                        .append("('" + tenant + "', '" + tenant + "@example.org', '" + tier + "')");
            }
            postgres.database().execute("INSERT INTO tenants (id, email, tier) VALUES " + rows);
        }
        return tenants;
    }

    String token(TenantId tenant) {
        return signer.sign(
                new TokenGrant(tenant, "tenant_id", "bench", Optional.empty(), List.of(), Duration.ofHours(1)));
    }

    /** The one text that a query answers. */
    String value(String sql) {
        try (Connection connection = postgres.database().connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        } catch (SQLException failed) {
            throw new IllegalStateException(sql, failed);
        }
    }

    /** As {@code kill -9} does. */
    void kill(Node node) {
        ProcessHandle.of(node.process().pid()).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** As a StatefulSet does: the same identity, address and disk. */
    void restartPod(String id) {
        Node dead = Objects.requireNonNull(pods.get(id));
        dead.process().close();
        Node pod = launchPod(id, dead.url().getPort());
        pods.put(id, pod);
        pod.process().awaitReady(() -> answers(pod.url().resolve("/ready")));
    }

    /** Lines of all pods' logs that have this text. */
    long logged(String text) {
        return pods.keySet().stream()
                .mapToLong(pod -> {
                    try (Stream<String> lines = Files.lines(folder.resolve(pod + ".log"))) {
                        return lines.filter(line -> line.contains(text)).count();
                    } catch (IOException unreadable) {
                        throw new UncheckedIOException(unreadable);
                    }
                })
                .sum();
    }

    String get(URI url) {
        try {
            return http.send(
                            HttpRequest.newBuilder(url)
                                    .timeout(PROBE_MAX.multipliedBy(15))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
        } catch (IOException away) {
            throw new UncheckedIOException(away);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }

    private Node launchPod(String id, int port) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "MANAGEMENT_DB_URL",
                postgres.url(),
                "PERCOLATE_POD_ID",
                id,
                "PERCOLATE_TENANT_TIER",
                "C",
                "PERCOLATE_MAX_HOT_TENANTS",
                Integer.toString(plan.capacity()),
                "PERCOLATE_HOST",
                "127.0.0.1",
                "PERCOLATE_PORT",
                Integer.toString(port),
                "PERCOLATE_LOAD_DELAY",
                plan.loadDelay().toMillis() + "ms",
                "PERCOLATE_DATA_DIR",
                folder.resolve(id).toString()));
        ServerProcess process = ServerProcess.start(
                id,
                command("bench", POD_MAIN, List.of("-Xmx512m", "-XX:+UseSerialGC"), List.of()),
                environment,
                folder.resolve(id + ".log"));
        return new Node(id, process, URI.create("http://127.0.0.1:" + port), port);
    }

    private Node launchGateway(String name) {
        int port = LocalPort.free();
        int opsPort = LocalPort.free();
        Map<String, String> environment = new HashMap<>(Map.ofEntries(
                Map.entry("MANAGEMENT_DB_URL", postgres.url()),
                Map.entry("S3_CONTEXT_CACHE_BUCKET", "none"),
                Map.entry("GATEWAY_S3_ENDPOINT", "http://127.0.0.1:1"),
                Map.entry("GATEWAY_S3_REGION", "us-east-1"),
                Map.entry("GATEWAY_S3_ACCESS_KEY", "none"),
                Map.entry("GATEWAY_S3_SECRET_KEY", "none"),
                Map.entry("GATEWAY_KEY_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                Map.entry("GATEWAY_JWT_HS256_SECRET", SECRET),
                Map.entry("GATEWAY_EDGE_HOST", "127.0.0.1"),
                Map.entry("GATEWAY_EDGE_PORT", Integer.toString(port)),
                Map.entry("GATEWAY_EDGE_CONNECTIONS_MAX", "150000"),
                Map.entry("GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX", "150000"),
                Map.entry("GATEWAY_EDGE_REQUESTS_MAX", "150000"),
                Map.entry("GATEWAY_LIMITS_ENABLED", "false"),
                Map.entry("GATEWAY_OPS_HOST", "127.0.0.1"),
                Map.entry("GATEWAY_OPS_PORT", Integer.toString(opsPort)),
                Map.entry("GATEWAY_COLD_RULES", "* /** -> hold"),
                Map.entry("GATEWAY_COLD_HOLD_LIMIT", "90s"),
                Map.entry("GATEWAY_COLD_HELD_PER_TENANT_MAX", "20000"),
                Map.entry("GATEWAY_COLD_HELD_MAX", "200000"),
                Map.entry("GATEWAY_COLD_HELD_MAX_TIER_A", "200000"),
                Map.entry("GATEWAY_COLD_HELD_MAX_TIER_C", "200000"),
                Map.entry("GATEWAY_COLD_HELD_BYTES_MAX", "1GiB"),
                Map.entry("GATEWAY_WAKE_RATE_C", "1000")));
        environment.putAll(plan.settings());
        ServerProcess process = ServerProcess.start(
                name,
                command("proxy-core", GATEWAY_MAIN, plan.memory(), List.of("serve")),
                environment,
                folder.resolve(name + ".log"));
        return new Node(name, process, URI.create("http://127.0.0.1:" + port), opsPort);
    }

    /** From the packaged product where there is one, else from this process's class path. */
    private static List<String> command(String module, String main, List<String> memory, List<String> arguments) {
        List<String> options = new ArrayList<>(memory);
        options.add("-Dpercolate.parent.pid=" + ProcessHandle.current().pid());
        String distribution = System.getProperty("percolate.dist", "");
        if (!distribution.isEmpty()) {
            return new Distribution(Path.of(distribution)).command(module, main, options, arguments);
        }
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of(
                "-XX:+UseCompactObjectHeaders",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main));
        command.addAll(arguments);
        return command;
    }

    private boolean answers(URI url) {
        try {
            HttpResponse<String> answer =
                    http.send(HttpRequest.newBuilder(url).timeout(PROBE_MAX).build(), BodyHandlers.ofString());
            return answer.statusCode() == OK;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        gateways.forEach(gateway -> gateway.process().close());
        pods.values().forEach(pod -> kill(pod));
        pods.values().forEach(pod -> pod.process().close());
        postgres.close();
        http.close();
    }
}
