package io.percolate.gateway.warmup.wake;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.eviction.Eviction;
import io.percolate.gateway.warmup.eviction.EvictionConfig;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.pod.FakePod;
import io.percolate.gateway.warmup.pod.TierPodClient;
import io.percolate.gateway.warmup.pod.TierPods;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** An empty database, fake pods, and gateway processes that share both. One at a time. */
final class Fleet implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(40);

    /** One for all tests, emptied for each: creating and dropping one takes longer than most of them. */
    private static final TestDatabase DATABASE = PostgresFixture.freshDatabase();

    private final FakePod.World world = new FakePod.World();
    private final Map<String, FakePod> pods = new LinkedHashMap<>();
    private final List<Gateway> processes = new ArrayList<>();
    private final ManagementDatabase ownConnections = open(new SimpleMeterRegistry());

    Fleet() {
        sql("TRUNCATE tenants, pods, tier_scaling CASCADE");
    }

    /** The world outside the pods. */
    FakePod.World world() {
        return world;
    }

    FakePod pod(String id, Tier tier, int capacity, int probesUntilHot) {
        FakePod pod = new FakePod(world, capacity, probesUntilHot);
        pods.put(id, pod);
        sql("INSERT INTO pods (id, tier, host, port, capacity) VALUES ('" + id + "', '" + tier + "', '127.0.0.1', "
                + pod.address().port() + ", " + capacity + ")");
        return pod;
    }

    Map<String, FakePod> pods() {
        return pods;
    }

    TenantId tenant(Tier tier) {
        return tenants(1, tier).getFirst();
    }

    List<TenantId> tenants(int count, Tier tier) {
        List<TenantId> tenants = Stream.generate(() -> new TenantId(UUID.randomUUID()))
                .limit(count)
                .toList();
        sql("INSERT INTO tenants (id, email, tier) VALUES "
                + tenants.stream()
                        .map(tenant -> "('" + tenant + "', '" + tenant + "@example.org', '" + tier + "')")
                        .collect(Collectors.joining(", ")));
        return tenants;
    }

    /** Sets columns of a tenant's state. */
    void state(TenantId tenant, String assignments) {
        sql("UPDATE tenant_states SET " + assignments + " WHERE tenant_id = '" + tenant + "'");
    }

    void sql(String statement) {
        ownConnections.update(statement).block(PATIENCE);
    }

    /** The outcome of what takes a while for want of nothing but time; who waits in vain says what everybody is at. */
    <T> T outcome(Mono<T> work) {
        return work.timeout(
                        PATIENCE.dividedBy(2),
                        Mono.error(() -> new AssertionError(state())),
                        Schedulers.boundedElastic())
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    private String state() {
        StringBuilder text = new StringBuilder();
        ownConnections
                .query(
                        "SELECT concat_ws(' ', t.state, t.pod_id, 'epoch', t.epoch, 'wake_epoch', t.wake_epoch, t.wake_owner,"
                                + " t.wake_lease_until - clock_timestamp(), t.wake_error, count(*)) AS line"
                                + " FROM tenant_states t GROUP BY t.state, t.pod_id, t.epoch, t.wake_epoch, t.wake_owner,"
                                + " t.wake_lease_until, t.wake_error ORDER BY 1",
                        row -> String.valueOf(row.get("line", String.class)))
                .blockOptional(PATIENCE)
                .orElseThrow()
                .forEach(line -> text.append('\n').append(line));
        ownConnections
                .query(
                        "SELECT concat_ws(' ', state, wait_event_type, wait_event, now() - query_start, left(query, 80)) AS line"
                                + " FROM pg_stat_activity WHERE datname = current_database()",
                        row -> String.valueOf(row.get("line", String.class)))
                .blockOptional(PATIENCE)
                .orElseThrow()
                .forEach(line -> text.append('\n').append(line));
        pods.forEach((id, pod) -> text.append('\n')
                .append(id)
                .append(" got ")
                .append(pod.calls().stream()
                        .collect(Collectors.groupingBy(call -> call.split(" ", 2)[0], Collectors.counting()))));
        processes.forEach(process -> process.meters.getMeters().stream()
                .forEach(meter -> text.append('\n').append(meter.getId()).append(meter.measure())));
        Thread.getAllStackTraces()
                .forEach((thread, frames) -> text.append('\n')
                        .append(thread.getName())
                        .append(' ')
                        .append(thread.getState())
                        .append(' ')
                        .append(Arrays.stream(frames).limit(12).toList()));
        return text.toString();
    }

    ManagementDatabase connections() {
        return ownConnections;
    }

    TenantRow row(TenantId tenant) {
        return ownConnections
                .queryFirst(WakeSql.READ, WakeRows::tenant, tenant.value())
                .blockOptional(PATIENCE)
                .orElseThrow()
                .orElseThrow();
    }

    TenantRoute route(TenantId tenant) {
        return row(tenant).route();
    }

    Gateway process(String... settings) {
        Gateway process = new Gateway(config(settings), null, store -> store, pods -> pods);
        processes.add(process);
        return process;
    }

    /** A process of its own identity that has its connections from another, and sees store and pods through something. */
    Gateway sibling(Gateway host, UnaryOperator<MoveStore> aroundStore, UnaryOperator<TierPods> aroundPods) {
        return new Gateway(config(), host, aroundStore, aroundPods);
    }

    private static WarmupConfig config(String... settings) {
        Map<String, String> values = new HashMap<>(Map.of(
                "GATEWAY_WAKE_LEASE", "30s",
                "GATEWAY_WAKE_TIMEOUT", "60s",
                "GATEWAY_WAKE_RELEASE_INTERVAL", "1ms",
                "GATEWAY_WAKE_BUSY_LIMIT", "100ms",
                "GATEWAY_WAKE_BUSY_INTERVAL", "5ms",
                "GATEWAY_WAKE_BACKOFF_MIN", "20s",
                "GATEWAY_POD_PROBE_INTERVAL_MIN", "1ms",
                "GATEWAY_POD_PROBE_INTERVAL_MAX", "5ms",
                "GATEWAY_POD_HEARTBEAT_MAX", "10m",
                "GATEWAY_POD_DEAD_AFTER", "10m"));
        values.put("GATEWAY_POD_CALL_TIMEOUT", "20s");
        values.put("GATEWAY_WAKE_ROOM_WAIT", "0s");
        values.put("GATEWAY_WAKE_HOLDER_WAIT", "0s");
        for (String tier : new String[] {"A", "B", "C"}) {
            values.put("GATEWAY_POD_LOSS_" + tier, "restore_snapshot");
        }
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        ConfigReader reader = new ConfigReader(ConfigSource.of(values));
        WarmupConfig config = WarmupConfig.read(reader);
        reader.finish();
        return config;
    }

    private ManagementDatabase open(MeterRegistry registry) {
        DatabaseConfig config = DatabaseConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                "MANAGEMENT_DB_URL", DATABASE.url(),
                "GATEWAY_DB_POOL_SIZE", "4",
                "GATEWAY_DB_POOL_MIN", "0",
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "20s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "20s",
                "GATEWAY_DB_TRANSACTION_TIMEOUT", "20s",
                "GATEWAY_DB_CONNECT_TIMEOUT", "20s"))));
        return ManagementDatabase.open(config, "wake-test", registry);
    }

    @Override
    public void close() {
        processes.forEach(Gateway::close);
        pods.values().forEach(FakePod::close);
        ownConnections.close().block(PATIENCE);
    }

    /** What one gateway process has of the wake. */
    final class Gateway implements AutoCloseable {
        private final WarmupConfig config;
        private final UnaryOperator<MoveStore> aroundStore;
        private final UnaryOperator<TierPods> aroundPods;
        private final ManagementDatabase connections;
        private final ListeningDirectory directory;
        private final TierPodClient client;
        private final boolean ownsConnections;
        private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
        private final PostgresWake wake;

        private Gateway(
                WarmupConfig config,
                @Nullable Gateway host,
                UnaryOperator<MoveStore> aroundStore,
                UnaryOperator<TierPods> aroundPods) {
            this.config = config;
            this.aroundStore = aroundStore;
            this.aroundPods = aroundPods;
            this.ownsConnections = host == null;
            this.connections = host == null ? open(meters) : host.connections;
            this.directory = host == null ? new ListeningDirectory(connections) : host.directory;
            this.client = host == null ? new TierPodClient(config.pod()) : host.client;
            MoveStore store = new PostgresWakeStore(
                    connections,
                    UUID.randomUUID(),
                    config.wake().lease(),
                    config.pod().heartbeatMax(),
                    config.canaries(),
                    PostgresWake.RECENT);
            this.wake = new PostgresWake(
                    config,
                    aroundStore.apply(store),
                    directory,
                    aroundPods.apply(client),
                    meters,
                    new WakeClock(Schedulers.parallel(), System::nanoTime));
        }

        PostgresWake wake() {
            return wake;
        }

        /** As in the management process, with claims of this lease. */
        PostgresMoves moves(Duration lease) {
            return new PostgresMoves(
                    new MoveConfig(
                            lease, Fleet.PATIENCE, Duration.ofMillis(20), Duration.ofMillis(1), Duration.ofMillis(5)),
                    config,
                    () -> aroundStore.apply(new PostgresWakeStore(
                            connections, UUID.randomUUID(), lease, config.pod().heartbeatMax())),
                    directory,
                    wake,
                    aroundPods.apply(client),
                    meters,
                    new WakeClock(Schedulers.parallel(), System::nanoTime));
        }

        /** Of an identity of its own, as in the management process. */
        Eviction eviction() {
            return new Eviction(
                    connections,
                    client,
                    new WakeClock(Schedulers.parallel(), System::nanoTime),
                    new EvictionConfig(Duration.ofMillis(5), Duration.ofSeconds(30)),
                    UUID.randomUUID());
        }

        ListeningDirectory directory() {
            return directory;
        }

        SimpleMeterRegistry meters() {
            return meters;
        }

        /** Wakes the tenant as it is now. */
        TenantRoute bring(TenantId tenant) {
            return wake.wake(route(tenant)).blockOptional(PATIENCE).orElseThrow();
        }

        /** How waking the tenant as it is now fails. */
        Failure failure(TenantId tenant) {
            try {
                throw new AssertionError("expected a failure, got " + bring(tenant));
            } catch (FailureException failed) {
                return failed.failure();
            }
        }

        @Nullable
        RouteLookup known(TenantId tenant) {
            return directory.cached(tenant);
        }

        @Override
        public void close() {
            wake.close();
            if (ownsConnections) {
                directory.close();
                client.close();
                connections.close().block(PATIENCE);
            }
        }
    }
}
