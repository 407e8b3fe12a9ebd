package io.percolate.gateway.bench.load;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Makes the start caches (AOT caches, JEP 483 and 514) of the gateway and the management process: runs each once
 * against a PostgreSQL of its own, asks it what it is asked in its first moments, and has the Java VM write down which
 * classes it loaded and linked.
 */
public final class StartCacheMain {
    private static final String GATEWAY = "proxy-core";
    private static final String MANAGEMENT = "admin-api";
    /** Of a management process on loopback that lives for seconds. */
    private static final String ADMIN_TOKEN = "start-start-start-start-start-start";
    /** Tokens of the run, and thus requests: enough to have each step of a request linked, too few to compile much. */
    private static final int TOKENS = 20;

    private static final Duration ANSWER_MAX = Duration.ofSeconds(60);
    /** The VM writes the cache as it ends. */
    private static final Duration END_MAX = Duration.ofMinutes(2);

    private static final Duration CALL_MAX = Duration.ofSeconds(5);
    private static final long PROBE_INTERVAL_NANOS = Duration.ofMillis(50).toNanos();

    private final Distribution distribution;
    private final Path folder;
    private final HttpClient client;

    private StartCacheMain(Distribution distribution, Path folder, HttpClient client) {
        this.distribution = distribution;
        this.folder = folder;
        this.client = client;
    }

    /** Argument: the folder of the distribution. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        Path folder = Files.createTempDirectory("percolate-start-");
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CALL_MAX)
                .build()) {
            new StartCacheMain(new Distribution(Path.of(arguments[0])), folder, client).make();
        } finally {
            deleteTree(folder);
        }
        System.exit(0);
    }

    private void make() throws IOException, InterruptedException {
        Files.createDirectories(distribution.startCache(GATEWAY).getParent());
        try (PostgresServer postgres = PostgresServer.start()) {
            postgres.migrate();
            LoadRig rig = new LoadRig(folder, Ports.free());
            rig.writeTokens(TokenSet.WARM, TOKENS);
            List<String> tokens = Files.readAllLines(folder.resolve(TokenSet.WARM.fileName()));
            int edge = Ports.free();
            GatewayPeer gateway = new GatewayPeer(GATEWAY, rig, distribution, postgres.url(), List.of(), 1);
            gateway.seed(postgres.database());
            Process origin = start("origin", Map.of(), LoadUpstreamMain.command(rig.upstreamPort()));
            try {
                train(
                        GATEWAY,
                        "io.percolate.gateway.proxy.main.GatewayMain",
                        "serve",
                        gateway.environment(PeerPorts.clear(edge)),
                        () -> exerciseGateway(tokens, edge, gateway.opsPort()));
                int admin = Ports.free();
                train(
                        MANAGEMENT,
                        "io.percolate.gateway.admin.main.ManagementMain",
                        "manage",
                        managementEnvironment(gateway, admin),
                        () -> exerciseManagement(admin));
            } finally {
                origin.destroyForcibly();
            }
        }
    }

    private void exerciseGateway(List<String> tokens, int edge, int ops) {
        awaitAnswer(edge, "/static/200", tokens.getFirst());
        for (String token : tokens) {
            call(edge, "/static/200", token);
        }
        call(edge, "/static/200", "none");
        for (String path : List.of("/health", "/ready", "/metrics")) {
            call(ops, path, "none");
        }
    }

    private void exerciseManagement(int port) {
        awaitAnswer(port, "/ready", "none");
        for (String path : List.of("/health", "/metrics", "/v1/tenants", "/v1/pods")) {
            call(port, path, ADMIN_TOKEN);
        }
    }

    private static Map<String, String> managementEnvironment(GatewayPeer gateway, int port) {
        Map<String, String> environment = new HashMap<>(gateway.shared());
        environment.put("GATEWAY_ADMIN_HOST", "127.0.0.1");
        environment.put("GATEWAY_ADMIN_PORT", String.valueOf(port));
        environment.put("GATEWAY_ADMIN_WRITE_TOKENS", "start:" + ADMIN_TOKEN);
        return environment;
    }

    /** Replaces the cache only by a whole one. */
    private void train(
            String module, String mainClass, String command, Map<String, String> environment, Runnable exercise)
            throws IOException, InterruptedException {
        Path cache = distribution.startCache(module);
        Path unfinished = cache.resolveSibling(module + ".unfinished");
        Process process = start(
                module,
                environment,
                distribution.commandWithoutCache(module, mainClass, options(unfinished), List.of(command)));
        try {
            exercise.run();
            process.destroy();
            if (!process.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS) || !Files.exists(unfinished)) {
                throw new IllegalStateException("no start cache of " + module + ":\n" + log(module));
            }
            Files.move(unfinished, cache, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IllegalStateException failed) {
            throw new IllegalStateException(failed.getMessage() + "\n" + log(module), failed);
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * Without method profiles (JEP 515): compiling early what a few requests made look hot took more of one core's
     * start, and of its first seconds under load, than it gave.
     */
    private static List<String> options(Path cache) {
        return List.of("-XX:AOTCacheOutput=" + cache, "-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTRecordTraining");
    }

    private Process start(String name, Map<String, String> environment, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private String log(String name) {
        try {
            List<String> lines = Files.readAllLines(folder.resolve(name + ".log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException unreadable) {
            return "(no log)";
        }
    }

    private void awaitAnswer(int port, String path, String token) {
        long deadline = System.nanoTime() + ANSWER_MAX.toNanos();
        while (call(port, path, token) != 200) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("no 200 from " + path);
            }
            LockSupport.parkNanos(PROBE_INTERVAL_NANOS);
        }
    }

    /** The status of the answer; 0 when there is none. */
    private int call(int port, String path, String token) {
        try {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                    .timeout(CALL_MAX)
                                    .header("Authorization", "Bearer " + token)
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException none) {
            return 0;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
