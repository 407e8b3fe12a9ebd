package io.percolate.gateway.proxy.main;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.SigningKeys;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What a gateway needs around it: a database with tenants, an issuer of tokens, and one pod of tier A. */
final class Surroundings implements AutoCloseable {
    final TestDatabase database = PostgresFixture.freshDatabase();
    /** Requests to {@code /slow} have arrived at the pod. */
    final CountDownLatch slowArrived = new CountDownLatch(1);
    /** Lets them be answered. */
    final CountDownLatch slowMayEnd = new CountDownLatch(1);

    private final SigningKeys keys = SigningKeys.generate(SignatureAlgorithm.ES256);
    private final ExecutorService podThreads = Executors.newCachedThreadPool();
    private final HttpServer pod;
    private final Path jwks;

    Surroundings(Path folder) throws IOException {
        jwks = folder.resolve("jwks.json");
        keys.writePublicJwks(jwks);
        pod = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pod.setExecutor(podThreads);
        pod.createContext("/", this::answer);
        pod.start();
        database.execute("INSERT INTO pods (id, tier, host, port, capacity) VALUES ('a-0', 'A', '127.0.0.1', "
                + pod.getAddress().getPort() + ", 8)");
    }

    /** What the environment of a gateway says, with ports of its own choosing. */
    Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "MANAGEMENT_DB_URL", database.url(),
                "S3_CONTEXT_CACHE_BUCKET", "contexts",
                "GATEWAY_S3_ENDPOINT", "http://127.0.0.1:1",
                "GATEWAY_S3_ACCESS_KEY", "none",
                "GATEWAY_S3_SECRET_KEY", "none",
                "GATEWAY_KEY_ENCRYPTION_KEY", "A".repeat(43) + "=",
                "GATEWAY_JWKS_FILE", jwks.toString()));
        environment.putAll(Map.of(
                "GATEWAY_EDGE_HOST", "127.0.0.1",
                "GATEWAY_EDGE_PORT", "0",
                "GATEWAY_OPS_HOST", "127.0.0.1",
                "GATEWAY_OPS_PORT", "0",
                "GATEWAY_OPS_ACTIVITY_INTERVAL", "100ms",
                // No connections are made in the background: one half made would outlive its database.
                "GATEWAY_DB_POOL_MIN", "0",
                // A machine that is busy with other tests is no outage.
                "GATEWAY_DB_CONNECT_TIMEOUT", "30s",
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "30s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "30s",
                "GATEWAY_ROUTES_LOAD_TIMEOUT", "30s"));
        return environment;
    }

    /** A new tenant of tier A that the pod hosts. */
    TenantId hotTenant() {
        TenantId tenant = new TenantId(UUID.randomUUID());
        database.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant
                + "@example.com', '" + Tier.A + "'); UPDATE tenant_states SET state = 'hot', pod_id = 'a-0', epoch = 1,"
                + " last_access_at = now() - interval '1 day' WHERE tenant_id = '" + tenant + "'");
        return tenant;
    }

    String token(TenantId tenant) {
        return TokenSigner.of(keys, Clock.systemUTC())
                .sign(new TokenGrant(tenant, "tenant_id", "test", Optional.empty(), List.of(), Duration.ofMinutes(10)));
    }

    @Override
    public void close() {
        slowMayEnd.countDown();
        pod.stop(0);
        podThreads.shutdownNow();
        database.close();
    }

    /** Says what headers came, one a line. */
    private void answer(HttpExchange exchange) throws IOException {
        if (exchange.getRequestURI().getPath().equals("/slow")) {
            slowArrived.countDown();
            try {
                slowMayEnd.await();
            } catch (InterruptedException closing) {
                throw new IOException(closing);
            }
        }
        StringBuilder seen = new StringBuilder();
        exchange.getRequestHeaders()
                .forEach((name, values) -> seen.append(name.toLowerCase(Locale.ROOT))
                        .append(": ")
                        .append(String.join(",", values))
                        .append('\n'));
        byte[] body = seen.toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
