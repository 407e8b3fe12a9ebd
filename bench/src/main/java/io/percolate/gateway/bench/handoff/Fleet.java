package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.fixtures.LocalPort;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.ServerProcess;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Pods of tier C, gateways and movers, each a process of its own that is killed and started again at the same place. */
final class Fleet implements AutoCloseable {
    static final String BUCKET = "handoff";
    private static final String SECRET = "hand-off-bench-secret-of-enough-bytes";
    private static final Duration PROBE_MAX = Duration.ofSeconds(2);
    private static final int OK = 200;

    private final TestDatabase database;
    private final @Nullable S3Endpoint s3;
    private final Size size;
    private final Path folder;
    private final long seed;
    private final TokenSigner signer = TokenSigner.of(new Secret(SECRET), Clock.systemUTC());
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Member> pods = new ArrayList<>();
    private final List<Member> gateways = new ArrayList<>();
    private final List<Member> movers = new ArrayList<>();
    private final List<TenantId> tenants;

    /**
     * How much there is.
     *
     * @param movesPerSecond of all movers together
     */
    record Size(int pods, int gateways, int movers, int tenants, double movesPerSecond) {}

    /** One process, over its lives. */
    final class Member {
        private final String name;
        private final int port = LocalPort.free();
        private final int opsPort = LocalPort.free();
        private volatile ServerProcess process;
        /** Lives that have ended by a kill. */
        private final AtomicInteger deaths = new AtomicInteger();

        private volatile boolean ready;

        @SuppressWarnings("NullAway.Init")
        private Member(String name) {
            this.name = name;
        }

        String name() {
            return name;
        }

        int port() {
            return port;
        }

        int deaths() {
            return deaths.get();
        }

        boolean isReady() {
            return ready;
        }

        Path log() {
            return folder.resolve(name + ".log");
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + port);
        }
    }

    /** @param s3 null for none: contexts and snapshots are kept nowhere then */
    Fleet(TestDatabase database, @Nullable S3Endpoint s3, Size size, Path folder, long seed) {
        this.database = database;
        this.s3 = s3;
        this.size = size;
        this.folder = folder;
        this.seed = seed;
        this.tenants = Stream.generate(() -> new TenantId(UUID.randomUUID()))
                .limit(size.tenants())
                .toList();
        for (int i = 0; i < size.pods(); i++) {
            pods.add(new Member("pod-" + i));
        }
        for (int i = 0; i < size.gateways(); i++) {
            gateways.add(new Member("gateway-" + i));
        }
        for (int i = 0; i < size.movers(); i++) {
            movers.add(new Member("mover-" + i));
        }
    }

    void start() {
        for (TenantId tenant : tenants) {
            database.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant
                    + "@example.org', 'C')");
        }
        pods.forEach(this::launchPod);
        gateways.forEach(this::launchGateway);
        pods.forEach(this::awaitReady);
        gateways.forEach(this::awaitReady);
    }

    void startMovers() {
        for (int i = 0; i < movers.size(); i++) {
            launchMover(movers.get(i), i);
        }
        movers.forEach(this::awaitMoving);
    }

    void stopMovers() {
        movers.forEach(mover -> {
            mover.ready = false;
            mover.process.close();
        });
    }

    List<TenantId> tenants() {
        return tenants;
    }

    List<Member> pods() {
        return pods;
    }

    List<Member> gateways() {
        return gateways;
    }

    List<Member> movers() {
        return movers;
    }

    HttpClient http() {
        return http;
    }

    String token(TenantId tenant) {
        return signer.sign(
                new TokenGrant(tenant, "tenant_id", "bench", Optional.empty(), List.of(), Duration.ofHours(2)));
    }

    /** Kills it as {@code kill -9} does, and starts it again; blocks until it is ready. */
    void killAndRestart(Member member) {
        member.ready = false;
        member.deaths.incrementAndGet();
        ProcessHandle.of(member.process.pid()).ifPresent(ProcessHandle::destroyForcibly);
        member.process.close();
        if (pods.contains(member)) {
            launchPod(member);
            awaitReady(member);
        } else if (gateways.contains(member)) {
            launchGateway(member);
            awaitReady(member);
        } else {
            launchMover(member, movers.indexOf(member));
            awaitMoving(member);
        }
    }

    private void awaitReady(Member member) {
        URI ready = pods.contains(member)
                ? member.url().resolve("/ready")
                : URI.create("http://127.0.0.1:" + member.opsPort + "/ready");
        member.process.awaitReady(() -> answers(ready));
        member.ready = true;
    }

    private void awaitMoving(Member mover) {
        mover.process.awaitReady(() -> mover.process.tail().contains(MoverMain.READY + "\n"));
        mover.ready = true;
    }

    private boolean answers(URI url) {
        try {
            return http.send(HttpRequest.newBuilder(url).timeout(PROBE_MAX).build(), BodyHandlers.discarding())
                            .statusCode()
                    == OK;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Map<String, String> shared() {
        // A machine that starts several processes at once is slow, and that is not what is looked at.
        Map<String, String> shared = new HashMap<>(Map.of(
                "MANAGEMENT_DB_URL", database.url(),
                "GATEWAY_DB_CONNECT_TIMEOUT", "20s",
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "20s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "20s",
                "GATEWAY_DB_TRANSACTION_TIMEOUT", "20s"));
        if (s3 != null) {
            shared.putAll(Map.of(
                    "S3_CONTEXT_CACHE_BUCKET", BUCKET,
                    "GATEWAY_S3_ENDPOINT", s3.endpoint().toString(),
                    "GATEWAY_S3_REGION", s3.region(),
                    "GATEWAY_S3_ACCESS_KEY", s3.accessKey(),
                    "GATEWAY_S3_SECRET_KEY", s3.secretKey(),
                    "GATEWAY_S3_PATH_STYLE", "true",
                    "GATEWAY_KEY_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
        }
        return shared;
    }

    private void launchPod(Member pod) {
        Map<String, String> environment = shared();
        environment.putAll(Map.of(
                "PERCOLATE_POD_ID", pod.name(),
                "PERCOLATE_TENANT_TIER", "C",
                // Any pod may come to have all of them.
                "PERCOLATE_MAX_HOT_TENANTS", Integer.toString(size.tenants() * 2),
                "PERCOLATE_HOST", "127.0.0.1",
                "PERCOLATE_PORT", Integer.toString(pod.port()),
                "PERCOLATE_DISK_RETURNS", "true",
                "PERCOLATE_DATA_DIR", folder.resolve(pod.name()).toString()));
        launch(pod, "bench", "io.percolate.gateway.bench.pod.TierPodMain", "256m", List.of(), environment);
    }

    private void launchGateway(Member gateway) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "S3_CONTEXT_CACHE_BUCKET", "none",
                "GATEWAY_S3_ENDPOINT", "http://127.0.0.1:1",
                "GATEWAY_S3_REGION", "us-east-1",
                "GATEWAY_S3_ACCESS_KEY", "none",
                "GATEWAY_S3_SECRET_KEY", "none",
                "GATEWAY_KEY_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
        environment.putAll(shared());
        environment.putAll(Map.ofEntries(
                Map.entry("GATEWAY_JWT_HS256_SECRET", SECRET),
                Map.entry("GATEWAY_EDGE_HOST", "127.0.0.1"),
                Map.entry("GATEWAY_EDGE_PORT", Integer.toString(gateway.port())),
                Map.entry("GATEWAY_OPS_HOST", "127.0.0.1"),
                Map.entry("GATEWAY_OPS_PORT", Integer.toString(gateway.opsPort)),
                Map.entry("GATEWAY_LIMITS_ENABLED", "false"),
                Map.entry("GATEWAY_COLD_RULES", "* /** -> hold"),
                // A pod that is killed here is back within seconds, on a machine that is busy with it.
                Map.entry("GATEWAY_COLD_MOVE_HOLD_LIMIT", "30s"),
                Map.entry("GATEWAY_WAKE_HOLDER_WAIT", "20s"),
                Map.entry("GATEWAY_WAKE_LEASE", "2s")));
        launch(
                gateway,
                "proxy-core",
                "io.percolate.gateway.proxy.main.GatewayMain",
                "256m",
                List.of("serve"),
                environment);
    }

    private void launchMover(Member mover, int index) {
        Map<String, String> environment = shared();
        // Of no use to it, and unknown to it.
        environment.keySet().removeIf(key -> key.startsWith("S3_") || key.startsWith("GATEWAY_S3_"));
        environment.remove("GATEWAY_KEY_ENCRYPTION_KEY");
        environment.putAll(Map.of(
                "GATEWAY_DB_POOL_MIN", "1",
                "GATEWAY_MOVE_LEASE", "2s",
                "GATEWAY_WAKE_HOLDER_WAIT", "20s",
                "GATEWAY_WAKE_LEASE", "2s"));
        launch(
                mover,
                "bench",
                "io.percolate.gateway.bench.handoff.MoverMain",
                "128m",
                List.of(
                        Double.toString(size.movesPerSecond() / size.movers()),
                        "2",
                        Long.toString(seed + 1_000L * index + mover.deaths())),
                environment);
    }

    private void launch(
            Member member,
            String module,
            String main,
            String heap,
            List<String> arguments,
            Map<String, String> environment) {
        List<String> options = List.of(
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-Dpercolate.parent.pid=" + ProcessHandle.current().pid());
        String distribution = System.getProperty("percolate.dist", "");
        List<String> command = new ArrayList<>();
        if (distribution.isEmpty()) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(options);
            command.addAll(List.of(
                    "-XX:TieredStopAtLevel=1",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    System.getProperty("java.class.path"),
                    main));
            command.addAll(arguments);
        } else {
            command.addAll(new Distribution(Path.of(distribution)).command(module, main, options, arguments));
        }
        member.process = ServerProcess.start(member.name(), command, environment, member.log());
    }

    @Override
    public void close() {
        Stream.of(movers, gateways, pods)
                .flatMap(List::stream)
                .map(member -> member.process)
                .filter(java.util.Objects::nonNull)
                .forEach(process -> {
                    ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
                    process.close();
                });
        http.close();
    }
}
