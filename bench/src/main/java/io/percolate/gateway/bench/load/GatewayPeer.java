package io.percolate.gateway.bench.load;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** This gateway with its production defaults: tokens verified, tenants resolved from PostgreSQL, all limits on. */
final class GatewayPeer implements Peer {
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(5);

    private final String name;
    private final LoadRig rig;
    private final Distribution distribution;
    private final String databaseUrl;
    private final int opsPort;
    private final List<String> javaOptions;
    private final int eventLoops;

    GatewayPeer(
            String name,
            LoadRig rig,
            Distribution distribution,
            String databaseUrl,
            List<String> javaOptions,
            int eventLoops) {
        this.name = name;
        this.rig = rig;
        this.distribution = distribution;
        this.databaseUrl = databaseUrl;
        this.opsPort = Ports.free();
        this.javaOptions = javaOptions;
        this.eventLoops = eventLoops;
    }

    /** The same with another number of event loops. */
    GatewayPeer withEventLoops(int count) {
        return new GatewayPeer(name, rig, distribution, databaseUrl, javaOptions, count);
    }

    /** Puts the tenants into the directory, each hot in the pod of its tier; the pods are all the origin. */
    void seed(TestDatabase database) {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            try (PreparedStatement pods =
                    connection.prepareStatement("INSERT INTO pods (id, tier, host, port, capacity, heartbeat_at)"
                            + " VALUES (?, ?, '127.0.0.1', ?, 1000000, now() + interval '1 day')")) {
                for (Tier tier : Tier.values()) {
                    pods.setString(1, "load-" + tier);
                    pods.setString(2, tier.name());
                    pods.setInt(3, rig.upstreamPort());
                    pods.executeUpdate();
                }
            }
            try (PreparedStatement tenants =
                            connection.prepareStatement("INSERT INTO tenants (id, email, tier) VALUES (?, ?, ?)");
                    PreparedStatement states = connection.prepareStatement(
                            "UPDATE tenant_states SET state = 'hot', pod_id = ?, epoch = 1 WHERE tenant_id = ?")) {
                for (int i = 0; i < rig.tenants().size(); i++) {
                    tenants.setObject(1, rig.tenants().get(i).value());
                    tenants.setString(2, "tenant-" + i + "@load.test");
                    tenants.setString(3, rig.tierOf(i).name());
                    tenants.executeUpdate();
                    states.setString(1, "load-" + rig.tierOf(i));
                    states.setObject(2, rig.tenants().get(i).value());
                    states.executeUpdate();
                }
            }
            connection.commit();
        } catch (SQLException failed) {
            throw new IllegalStateException("cannot seed the tenants of the load", failed);
        }
    }

    int opsPort() {
        return opsPort;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String job() {
        return "verifies the JWT, resolves the tenant's pod, production defaults";
    }

    @Override
    public boolean isJava() {
        return true;
    }

    @Override
    public Optional<String> missing() {
        return Optional.empty();
    }

    @Override
    public PinnedProcess start(Cores cores, PeerPorts ports) {
        return PinnedProcess.start(
                name(),
                cores,
                rig.folder(),
                environment(ports),
                distribution.command(
                        "proxy-core", "io.percolate.gateway.proxy.main.GatewayMain", javaOptions, List.of("serve")));
    }

    /** All that the gateway is told. */
    Map<String, String> environment(PeerPorts ports) {
        Map<String, String> environment = new HashMap<>(shared());
        environment.put("GATEWAY_JWKS_FILE", rig.jwksFile().toString());
        environment.put("GATEWAY_JWT_ISSUER", LoadRig.ISSUER);
        environment.put("GATEWAY_JWT_AUDIENCE", LoadRig.AUDIENCE);
        environment.put("GATEWAY_EDGE_HOST", "127.0.0.1");
        environment.put("GATEWAY_EDGE_PORT", String.valueOf(ports.clear()));
        environment.put("GATEWAY_EDGE_EVENT_LOOPS", String.valueOf(eventLoops));
        // All clients are on one address here, 10,000 idle ones and some more.
        environment.put("GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX", "20000");
        ports.secure().ifPresent(port -> {
            environment.put("GATEWAY_EDGE_TLS_PORT", String.valueOf(port));
            environment.put(
                    "GATEWAY_EDGE_TLS_CERTIFICATES", rig.certificate().folder().toString());
        });
        // One client stands for thousands here; what a limit takes is measured all the same.
        environment.put("GATEWAY_LIMITS_REQUESTS_PER_SECOND_TIER_A", "10000000");
        environment.put("GATEWAY_LIMITS_REQUESTS_PER_SECOND_TIER_B", "10000000");
        environment.put("GATEWAY_LIMITS_REQUESTS_PER_SECOND_TIER_C", "10000000");
        environment.put("GATEWAY_OPS_HOST", "127.0.0.1");
        environment.put("GATEWAY_OPS_PORT", String.valueOf(opsPort));
        return environment;
    }

    /** What a management process beside it would be told, too. */
    Map<String, String> shared() {
        return Map.of(
                "MANAGEMENT_DB_URL", databaseUrl,
                "S3_CONTEXT_CACHE_BUCKET", "load",
                "GATEWAY_S3_ENDPOINT", "http://127.0.0.1:1",
                "GATEWAY_S3_REGION", "us-east-1",
                "GATEWAY_S3_ACCESS_KEY", "load",
                "GATEWAY_S3_SECRET_KEY", "load",
                "GATEWAY_KEY_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    }

    @Override
    public void forgetTokens() {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + opsPort + "/caches/flush"))
                            .timeout(FLUSH_TIMEOUT)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString("{\"all\":true,\"caches\":[\"tokens\"]}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException("the flush was answered " + answer.statusCode() + ": " + answer.body());
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }
}
