package io.percolate.gateway.admin.scaling.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.scaling.FleetScaling;
import io.percolate.gateway.admin.scaling.ScalingConfig;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.warmup.eviction.Departing;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Mono;

/** One tier in a namespace of its own, the management database, and processes that scale it. */
final class ScalingScene implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestCluster cluster;
    private final TestDatabase database;
    private final ManagementDatabase connections;
    private final String namespace;
    private final List<KubernetesCluster> opened = new ArrayList<>();
    private final Queue<Departing> sentToCold = new ConcurrentLinkedQueue<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private volatile Duration ahead = Duration.ZERO;
    private volatile boolean healthy = true;

    /** @param connections to the database, of all scenes of a class */
    ScalingScene(TestCluster cluster, TestDatabase database, ManagementDatabase connections) {
        this.cluster = cluster;
        this.database = database;
        this.connections = connections;
        this.namespace = cluster.newNamespace();
        database.execute("TRUNCATE tenants, pods, tier_scaling CASCADE");
    }

    static ManagementDatabase connections(TestDatabase database) {
        return ManagementDatabase.open(
                DatabaseConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                        "MANAGEMENT_DB_URL", database.url(),
                        "GATEWAY_DB_POOL_SIZE", "4",
                        "GATEWAY_DB_POOL_MIN", "0",
                        "GATEWAY_DB_ACQUIRE_TIMEOUT", "20s",
                        "GATEWAY_DB_STATEMENT_TIMEOUT", "20s",
                        "GATEWAY_DB_TRANSACTION_TIMEOUT", "20s",
                        "GATEWAY_DB_CONNECT_TIMEOUT", "20s")))),
                "scaling-test",
                new SimpleMeterRegistry());
    }

    String namespace() {
        return namespace;
    }

    Queue<Departing> sentToCold() {
        return sentToCold;
    }

    void healthy(boolean isHealthy) {
        healthy = isHealthy;
    }

    /** Time goes on for those who scale, though not for the database. */
    void later(Duration by) {
        ahead = ahead.plus(by);
    }

    FleetScaling process(String... settings) {
        return process(cluster.config(), settings);
    }

    FleetScaling process(Config reachedBy, String... settings) {
        Map<String, String> values = new HashMap<>(Map.of(
                "GATEWAY_KUBERNETES_WORKLOAD_A", "deployment/tier",
                "GATEWAY_KUBERNETES_NAMESPACE", namespace,
                "GATEWAY_KUBERNETES_CALL_TIMEOUT", "20s",
                "GATEWAY_KUBERNETES_UNSCHEDULABLE_AFTER", "0s"));
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        ConfigReader reader = new ConfigReader(ConfigSource.of(values));
        ScalingConfig config = ScalingConfig.read(reader);
        reader.finish();
        KubernetesCluster made = new KubernetesCluster(
                KubernetesApi.client(reachedBy, config, TestCluster.SERIALIZATION), config, new Ahead());
        opened.add(made);
        return new FleetScaling(
                config,
                connections,
                made,
                address -> Mono.fromSupplier(() -> healthy),
                tenant -> Mono.fromRunnable(() -> {
                            sentToCold.add(tenant);
                            database.execute("UPDATE tenant_states SET state = 'cold', pod_id = NULL, epoch = epoch + 1"
                                    + " WHERE tenant_id = '" + tenant.tenant() + "'");
                        })
                        .subscribeOn(reactor.core.scheduler.Schedulers.boundedElastic()),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                new Ahead(),
                meters);
    }

    void look(FleetScaling process) {
        process.look().block(PATIENCE);
    }

    double count(String outcome) {
        var counter = meters.find("tier.scalings").tag("outcome", outcome).counter();
        return counter == null ? 0 : counter.count();
    }

    void sql(String statement) {
        database.execute(statement);
    }

    /** Tenants that are hot in a pod. */
    void hot(String pod, int count) {
        for (int i = 0; i < count; i++) {
            sql("UPDATE tenant_states SET state = 'hot', epoch = 1, pod_id = '" + pod + "' WHERE tenant_id = '"
                    + tenant() + "'");
        }
    }

    /** Tenants whose wakes have a claim and no place. */
    void waiting(int count) {
        for (int i = 0; i < count; i++) {
            sql("UPDATE tenant_states SET wake_owner = gen_random_uuid(), wake_lease_until = now() + interval '1 hour'"
                    + " WHERE tenant_id = '" + tenant() + "'");
        }
    }

    String tenant() {
        String id = UUID.randomUUID().toString();
        sql("INSERT INTO tenants (id, email, tier) VALUES ('" + id + "', '" + id + "@example.org', 'A')");
        return id;
    }

    /** The one value that a query answers; empty where it answers none. */
    String value(String sql) {
        try (var connection = database.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? Objects.toString(rows.getString(1)) : "";
        } catch (SQLException refused) {
            throw new AssertionError(sql, refused);
        }
    }

    String state() {
        return value(
                "SELECT concat_ws(' ', state, refusal) FROM tier_scaling WHERE tier = 'A' AND valid_until > now()");
    }

    String podStatus(String pod) {
        return value("SELECT status FROM pods WHERE id = '" + pod + "'");
    }

    @Override
    public void close() {
        opened.forEach(KubernetesCluster::close);
        cluster.client().namespaces().withName(namespace).delete();
    }

    private final class Ahead extends Clock {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.now().plus(ahead);
        }
    }
}
