package io.percolate.gateway.bench.demo;

import io.percolate.gateway.bench.demo.DemoDescription.Gateway;
import io.percolate.gateway.bench.launch.SelfSignedCertificate;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.S3Server;
import io.percolate.gateway.fixtures.ServerProcess;
import io.percolate.gateway.fixtures.Undertaker;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The running demo. {@link #start} brings it up; closing takes it down in the reverse order of dependence: edge first,
 * storage last.
 */
final class Demo implements AutoCloseable {
    private static final int PODS_PER_TIER = 2;
    private static final String GATEWAY_MAIN = "io.percolate.gateway.proxy.main.GatewayMain";
    private static final String MANAGEMENT_MAIN = "io.percolate.gateway.admin.main.ManagementMain";
    private static final String POD_MAIN = "io.percolate.gateway.bench.pod.TierPodMain";

    private final DemoOptions options;
    private final Path folder;
    private final Progress progress;
    private final Launcher launcher;
    private final Calls calls = new Calls();
    private final ExecutorService steps = Executors.newVirtualThreadPerTaskExecutor();
    private final Holdings holdings = new Holdings();
    private final List<Gateway> gateways = new ArrayList<>();
    private final List<DemoPod> pods = new ArrayList<>();
    private final Map<String, Long> pids = new LinkedHashMap<>();
    private final List<DemoTenant> tenants = DemoTenant.roster();
    private @Nullable DemoKeys keys;
    private @Nullable PostgresServer postgres;
    private @Nullable URI management;

    /** @param folder empty, and the caller's to delete once this is closed */
    Demo(DemoOptions options, Path folder, Progress progress) {
        this.options = options;
        this.folder = folder;
        this.progress = progress;
        this.launcher = new Launcher(folder);
    }

    /** Blocks until everything answers; throws, with the reason, where something does not. */
    void start() throws InterruptedException {
        int edgePort = Ports.edge(options.port());
        Future<SelfSignedCertificate> certificateMade = step("certificate", () -> SelfSignedCertificate.create(folder));
        Future<DemoKeys> keysMade = step("signing key", () -> DemoKeys.create(folder));
        Future<S3Server> s3Started = step("S3", () -> {
            S3Server server = holdings.hold(Holdings.Order.STORAGE, S3Server.start());
            server.endpoint().createBucket(DemoConfiguration.BUCKET);
            return server;
        });
        Future<PostgresServer> postgresStarted = step("PostgreSQL, migrated", () -> {
            PostgresServer server = holdings.hold(Holdings.Order.STORAGE, PostgresServer.startEmbedded());
            server.migrate();
            return server;
        });
        DemoKeys keys = result(keysMade);
        S3Server s3 = result(s3Started);
        PostgresServer postgres = result(postgresStarted);
        this.keys = keys;
        this.postgres = postgres;
        DemoConfiguration configuration = new DemoConfiguration(keys, s3.endpoint(), postgres);
        SelfSignedCertificate certificate = result(certificateMade);
        URI secured = secured(Ports.usual(Ports.EDGE_TLS_DEFAULT));

        List<Future<DemoPod>> podsStarted = new ArrayList<>();
        for (Tier tier : Tier.values()) {
            for (int i = 0; i < PODS_PER_TIER; i++) {
                String id = "tier-" + tier.name().toLowerCase(Locale.ROOT) + "-" + i;
                podsStarted.add(step("pod " + id, () -> startPod(id, tier, configuration)));
            }
        }
        URI management = URI.create("http://" + DemoConfiguration.HOST + ":" + Ports.usual(Ports.MANAGEMENT_DEFAULT));
        this.management = management;
        Future<ServerProcess> managementStarted = step("management", () -> startManagement(management, configuration));
        List<Future<ServerProcess>> gatewaysStarted = new ArrayList<>();
        for (int i = 1; i <= options.gateways(); i++) {
            String name = i == 1 ? "gateway" : "gateway-" + i;
            Gateway gateway = new Gateway(
                    URI.create("http://" + DemoConfiguration.HOST + ":" + (i == 1 ? edgePort : Ports.any())),
                    URI.create("http://" + DemoConfiguration.HOST + ":"
                            + (i == 1 ? Ports.usual(Ports.OPS_DEFAULT) : Ports.any())));
            gateways.add(gateway);
            URI securedToo = i == 1 ? secured : secured(Ports.any());
            gatewaysStarted.add(step(
                    name, () -> startGateway(name, gateway, configuration.gateway(gateway, securedToo, certificate))));
        }
        for (Future<DemoPod> started : podsStarted) {
            pods.add(result(started));
        }
        seed(new Seeding(postgres.database(), calls));
        for (Future<ServerProcess> started : gatewaysStarted) {
            ServerProcess gateway = result(started);
            pids.put(gateway.name(), gateway.pid());
        }
        pids.put("management", result(managementStarted).pid());
        holdings.processes().forEach(process -> pids.putIfAbsent(process.name(), process.pid()));
        postgres.pid().ifPresent(pid -> pids.put("postgres", pid));
        pids.put("s3", s3.pid());
        announce(keys, configuration, postgres, s3, management, secured, certificate);
    }

    private static URI secured(int port) {
        return URI.create("https://localhost:" + port);
    }

    private void seed(Seeding seeding) throws InterruptedException {
        long began = System.nanoTime();
        seeding.register(tenants);
        seeding.awaitPods(pods.size());
        // One tenant at a time in each pod: more would only make a small machine slower.
        List<Future<Void>> settled = new ArrayList<>();
        for (DemoPod pod : pods) {
            settled.add(steps.submit(() -> {
                for (int i = 0; i < tenants.size(); i++) {
                    DemoTenant tenant = tenants.get(i);
                    if (podOf(tenant, i).equals(pod)) {
                        seeding.settle(tenant, pod);
                    }
                }
                return null;
            }));
        }
        for (Future<Void> each : settled) {
            result(each);
        }
        progress.done(tenants.size() + " tenants, in every residency", began);
    }

    /** The tenants of a tier take turns over its pods. */
    private DemoPod podOf(DemoTenant tenant, int place) {
        List<DemoPod> ofTier =
                pods.stream().filter(pod -> pod.tier() == tenant.tier()).toList();
        return ofTier.get(place % ofTier.size());
    }

    private void announce(
            DemoKeys keys,
            DemoConfiguration configuration,
            PostgresServer postgres,
            S3Server s3,
            URI management,
            URI secured,
            SelfSignedCertificate certificate) {
        Path tokens = folder.resolve("tokens");
        Path adminToken = folder.resolve("admin-token");
        try {
            Files.createDirectory(tokens);
            for (DemoTenant tenant : tenants) {
                Files.writeString(tokens.resolve(tenant.name()), keys.token(tenant.id()));
            }
            Files.writeString(adminToken, keys.adminToken());
            configuration.write(folder.resolve("gateway.yaml"));
        } catch (IOException e) {
            throw new DemoException("cannot write to " + folder, e);
        }
        Gateway first = gateways.getFirst();
        if (options.json() != null) {
            Path json = options.json();
            Undertaker.watch(json);
            holdings.hold(Holdings.Order.DESCRIPTION, () -> {
                Files.deleteIfExists(json);
                Undertaker.release(json);
            });
            DemoDescription.write(
                    DemoDescription.of(
                            first,
                            management,
                            keys,
                            postgres,
                            s3.endpoint(),
                            DemoConfiguration.BUCKET,
                            pods,
                            tenants,
                            pids),
                    json);
        }
        progress.say(
                String.format(Locale.ROOT, "Ready after %.1f s. Stop with Ctrl-C.%n", progress.secondsSinceStart()));
        progress.say("  edge        " + first.edge() + " and " + secured);
        progress.say("  ops         " + first.ops());
        gateways.stream()
                .skip(1)
                .forEach(more -> progress.say("  and         " + more.edge() + "  (ops " + more.ops() + ")"));
        progress.say("  management  " + management);
        progress.say("  PostgreSQL  psql '" + postgres.url() + "'");
        progress.say("  files       " + folder + "\n");
        progress.say(CurlExamples.of(first, secured, certificate, management, adminToken, tokens, tenants));
    }

    DemoKeys keys() {
        return started(keys);
    }

    PostgresServer postgres() {
        return started(postgres);
    }

    URI management() {
        return started(management);
    }

    List<Gateway> gateways() {
        return List.copyOf(gateways);
    }

    List<DemoPod> pods() {
        return List.copyOf(pods);
    }

    List<DemoTenant> tenants() {
        return tenants;
    }

    /** Process ids by the names of the processes. */
    Map<String, Long> pids() {
        return Map.copyOf(pids);
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the demo has not been started");
        }
        return part;
    }

    /** What a look from time to time tells. */
    StatusLine statusLine(boolean terminal) {
        return new StatusLine(
                calls, gateways.stream().map(Gateway::ops).toList(), pods, holdings.processes(), terminal);
    }

    private DemoPod startPod(String id, Tier tier, DemoConfiguration configuration) {
        int port = Ports.any();
        URI url = URI.create("http://" + DemoConfiguration.HOST + ":" + port);
        ServerProcess process = holdings.hold(
                Holdings.Order.PODS,
                launcher.start(
                        id,
                        "bench",
                        POD_MAIN,
                        List.of("-Xmx96m"),
                        List.of(),
                        configuration.pod(id, tier, port, folder.resolve(id))));
        process.awaitReady(() -> calls.answers(url.resolve("/ready")));
        return new DemoPod(id, tier, url);
    }

    private ServerProcess startManagement(URI url, DemoConfiguration configuration) {
        ServerProcess process = holdings.hold(
                Holdings.Order.MANAGEMENT,
                launcher.start(
                        "management",
                        "admin-api",
                        MANAGEMENT_MAIN,
                        List.of("-Xmx192m"),
                        List.of("manage"),
                        configuration.management(url)));
        process.awaitReady(() -> calls.answers(url.resolve("/health")));
        return process;
    }

    private ServerProcess startGateway(String name, Gateway gateway, Map<String, String> configuration) {
        ServerProcess process = holdings.hold(
                Holdings.Order.EDGE,
                launcher.start(name, "proxy-core", GATEWAY_MAIN, List.of("-Xmx128m"), List.of("serve"), configuration));
        process.awaitReady(() -> calls.answers(gateway.ops().resolve("/ready")));
        return process;
    }

    private <T> Future<T> step(String name, Callable<T> work) {
        return steps.submit(() -> {
            long began = System.nanoTime();
            T result = work.call();
            progress.done(name, began);
            return result;
        });
    }

    private static <T> T result(Future<T> step) throws InterruptedException {
        try {
            return step.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException reason
                    ? reason
                    : new DemoException("the demo cannot start: " + e.getCause(), e);
        }
    }

    @Override
    public void close() {
        steps.shutdownNow();
        holdings.close();
        steps.close();
        calls.close();
    }
}
