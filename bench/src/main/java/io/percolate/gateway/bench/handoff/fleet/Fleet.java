package io.percolate.gateway.bench.handoff.fleet;

import io.percolate.gateway.bench.handoff.fleet.Member.Kind;
import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.ServerProcess;
import io.percolate.gateway.fixtures.TcpLink;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Pods, gateways, movers and management, each a process of its own that is killed and started again at the same place. */
public final class Fleet implements AutoCloseable {
    /** Where a fleet with S3 keeps contexts and snapshots; whoever starts S3 makes it. */
    public static final String BUCKET = ProcessSettings.BUCKET;
    /** Printed by a mover once it moves tenants. */
    public static final String MOVER_READY = "mover ready";

    private static final String MOVER_MAIN = "io.percolate.gateway.bench.handoff.MoverMain";
    private static final Duration PROBE_MAX = Duration.ofSeconds(2);
    private static final int ROWS_OF_ONE_STATEMENT = 500;
    private static final int OK = 200;

    private final TestDatabase database;
    private final FleetPlan plan;
    private final ProcessSettings settings;
    private final TokenSigner signer = TokenSigner.of(new Secret(ProcessSettings.TOKEN_SECRET), Clock.systemUTC());
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Member> members = new ArrayList<>();
    private final List<TenantId> tenants = new ArrayList<>();
    private final List<Tier> tiers = new ArrayList<>();

    /** @param s3 null for none: contexts and snapshots are kept nowhere then */
    public Fleet(TestDatabase database, @Nullable S3Endpoint s3, FleetPlan plan, Path folder) {
        this.database = database;
        this.plan = plan;
        this.settings = new ProcessSettings(database, s3, plan, folder);
        plan.tenants()
                .forEach((tier, count) -> IntStream.range(0, count).forEach(i -> {
                    tenants.add(new TenantId(UUID.randomUUID()));
                    tiers.add(tier);
                }));
        plan.pods()
                .forEach((tier, count) -> IntStream.range(0, count)
                        .mapToObj(i -> new Member(Kind.POD, FleetPlan.podName(tier, i), tier, folder))
                        .forEach(members::add));
        add(Kind.GATEWAY, "gateway-", plan.gateways(), folder);
        add(Kind.MOVER, "mover-", plan.movers(), folder);
        add(Kind.MANAGER, "manager-", plan.managers(), folder);
        for (Member member : members) {
            if (plan.linked().contains(member.name())) {
                member.link = new TcpLink(database.host(), database.port());
            }
        }
    }

    private void add(Kind kind, String prefix, int count, Path folder) {
        IntStream.range(0, count)
                .mapToObj(i -> new Member(kind, prefix + i, null, folder))
                .forEach(members::add);
    }

    /** Starts all but the movers; blocks until they are ready. */
    public void start() {
        for (int from = 0; from < tenants.size(); from += ROWS_OF_ONE_STATEMENT) {
            StringBuilder rows = new StringBuilder();
            for (int i = from; i < Math.min(tenants.size(), from + ROWS_OF_ONE_STATEMENT); i++) {
                rows.append(rows.isEmpty() ? "" : ", ")
                        .append("('" + tenants.get(i) + "', '" + tenants.get(i) + "@example.org', '" + tiers.get(i)
                                + "')");
            }
            database.execute("INSERT INTO tenants (id, email, tier) VALUES " + rows);
        }
        List<Member> first =
                Stream.of(pods(), gateways(), managers()).flatMap(List::stream).toList();
        first.forEach(this::launch);
        first.forEach(this::awaitReady);
        pods().forEach(this::awaitKnown);
    }

    /** Blocks until the database says that tenants may be placed in this pod, as its present version. */
    private void awaitKnown(Member pod) {
        String known = "SELECT 1 FROM pods WHERE id = '" + pod.name() + "' AND status = 'ready' AND version_label = '"
                + pod.versionLabel + "'";
        pod.process().awaitReady(() -> !value(known).isEmpty());
    }

    public void startMovers() {
        movers().forEach(this::launch);
        movers().forEach(this::awaitReady);
    }

    public void stopMovers() {
        movers().forEach(mover -> {
            mover.ready(false);
            mover.process().close();
        });
    }

    public List<TenantId> tenants() {
        return tenants;
    }

    /** The tier of the tenant at this place. */
    public Tier tierOf(int tenant) {
        return tiers.get(tenant);
    }

    public List<Member> pods() {
        return of(Kind.POD);
    }

    public List<Member> gateways() {
        return of(Kind.GATEWAY);
    }

    public List<Member> movers() {
        return of(Kind.MOVER);
    }

    public List<Member> managers() {
        return of(Kind.MANAGER);
    }

    /** Throws where there is none of this name. */
    public Member member(String name) {
        return members.stream()
                .filter(member -> member.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no member " + name));
    }

    private List<Member> of(Kind kind) {
        return members.stream().filter(member -> member.kind() == kind).toList();
    }

    public HttpClient http() {
        return http;
    }

    /** The API of the first management process. */
    public AdminCalls admin() {
        return new AdminCalls(http, managers().getFirst().url(), ProcessSettings.ADMIN_TOKEN);
    }

    public String token(TenantId tenant) {
        return signer.sign(
                new TokenGrant(tenant, "tenant_id", "bench", Optional.empty(), List.of(), Duration.ofHours(2)));
    }

    /** The rows that a query answers, each as texts; empty for null. */
    public List<List<String>> rows(String sql) {
        try (var connection = database.connect();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            List<List<String>> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(Objects.requireNonNullElse(result.getString(i), ""));
                }
                rows.add(row);
            }
            return rows;
        } catch (SQLException refused) {
            throw new IllegalStateException(sql, refused);
        }
    }

    /** The first value of the first row; empty where there is none. */
    public String value(String sql) {
        List<List<String>> rows = rows(sql);
        return rows.isEmpty() ? "" : rows.getFirst().getFirst();
    }

    /** Kills it as {@code kill -9} does; it stays dead. */
    public void kill(Member member) {
        member.ready(false);
        member.died();
        ProcessHandle.of(member.process().pid()).ifPresent(ProcessHandle::destroyForcibly);
        member.process().close();
    }

    /** Kills it as {@code kill -9} does, and starts it again; blocks until it is ready. */
    public void killAndRestart(Member member) {
        kill(member);
        launch(member);
        awaitReady(member);
    }

    /** Tells a pod to end, by SIGTERM, and starts it again with this version label; blocks until it takes tenants. */
    public void replacePod(Member pod, String versionLabel) {
        pod.ready(false);
        pod.process().close();
        pod.versionLabel = versionLabel;
        launch(pod);
        awaitReady(pod);
        awaitKnown(pod);
    }

    private void awaitReady(Member member) {
        member.process().awaitReady(() -> switch (member.kind()) {
            case POD, MANAGER -> answers(member.url().resolve("/ready"));
            case GATEWAY -> answers(URI.create("http://127.0.0.1:" + member.opsPort() + "/ready"));
            case MOVER -> member.process().tail().contains(MOVER_READY + "\n");
        });
        member.ready(true);
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

    private void launch(Member member) {
        switch (member.kind()) {
            case POD -> launch(member, "bench", "io.percolate.gateway.bench.pod.TierPodMain", "256m", List.of());
            case GATEWAY ->
                launch(member, "proxy-core", "io.percolate.gateway.proxy.main.GatewayMain", "256m", List.of("serve"));
            case MOVER -> launch(member, "bench", MOVER_MAIN, "128m", moverArguments(member));
            case MANAGER ->
                launch(
                        member,
                        "admin-api",
                        "io.percolate.gateway.admin.main.ManagementMain",
                        "192m",
                        List.of("manage"));
        }
    }

    private List<String> moverArguments(Member mover) {
        int index = movers().indexOf(mover);
        return List.of(
                Double.toString(plan.movesPerSecond() / plan.movers()),
                "2",
                Long.toString(plan.seed() + 1_000L * index + mover.deaths()));
    }

    private void launch(Member member, String module, String main, String heap, List<String> arguments) {
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
        member.process = ServerProcess.start(member.name(), command, settings.of(member), member.log());
    }

    @Override
    public void close() {
        List<ServerProcess> running = members.stream()
                .flatMap(member -> Stream.ofNullable(member.process))
                .toList();
        // All of them first, so that none waits for another.
        running.forEach(process -> ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly));
        running.forEach(ServerProcess::close);
        members.stream().flatMap(member -> Stream.ofNullable(member.link)).forEach(TcpLink::close);
        http.close();
    }
}
