package io.percolate.gateway.bench.context;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.ContextConfig;
import io.percolate.gateway.context.Contexts;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.S3Server;
import io.percolate.gateway.proxy.main.GatewayConfig;
import io.percolate.gateway.proxy.main.GatewayProcess;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import reactor.core.publisher.Flux;

/** A gateway in this process over PostgreSQL and S3 in processes of their own, with cold tenants and no pod. */
final class Rig implements AutoCloseable {
    private static final String BUCKET = "contexts";
    private static final String SECRET = "a shared secret for a measurement only";
    private static final Duration PUT_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);
    private static final int PUTS_AT_ONCE = 4;

    private final PostgresServer postgres = PostgresServer.start();
    private final S3Server s3 = S3Server.start();
    private final Map<String, String> environment = new HashMap<>();
    private final Random random = new Random(7);
    private final GatewayProcess gateway;

    /** @param settings of the gateway, beside those that it needs to run here */
    Rig(Map<String, String> settings) {
        postgres.migrate();
        S3Endpoint endpoint = s3.endpoint();
        endpoint.createBucket(BUCKET);
        environment.put("MANAGEMENT_DB_URL", postgres.url());
        environment.put("S3_CONTEXT_CACHE_BUCKET", BUCKET);
        environment.put("GATEWAY_S3_ENDPOINT", endpoint.endpoint().toString());
        environment.put("GATEWAY_S3_REGION", endpoint.region());
        environment.put("GATEWAY_S3_ACCESS_KEY", endpoint.accessKey());
        environment.put("GATEWAY_S3_SECRET_KEY", endpoint.secretKey());
        environment.put("GATEWAY_S3_PATH_STYLE", "true");
        environment.put("GATEWAY_KEY_ENCRYPTION_KEY", "A".repeat(43) + "=");
        environment.putAll(settings);
        Map<String, String> edge = new HashMap<>(environment);
        edge.put("GATEWAY_EDGE_HOST", "127.0.0.1");
        edge.put("GATEWAY_LIMITS_ENABLED", "false");
        edge.put("GATEWAY_EDGE_PORT", "0");
        edge.put("GATEWAY_OPS_HOST", "127.0.0.1");
        edge.put("GATEWAY_OPS_PORT", "0");
        edge.put("GATEWAY_JWT_HS256_SECRET", SECRET);
        gateway = GatewayProcess.start(GatewayConfig.load(ConfigSource.of(edge)));
    }

    InetSocketAddress edge() {
        return gateway.edgeAddress();
    }

    /** Makes cold tenants with a context each, which does not compress. */
    List<TenantId> tenants(int count, int contextBytes) {
        List<TenantId> tenants = new ArrayList<>();
        StringBuilder values = new StringBuilder();
        for (int i = 0; i < count; i++) {
            TenantId tenant = new TenantId(UUID.randomUUID());
            tenants.add(tenant);
            values.append(i == 0 ? "" : ",")
                    .append("('")
                    .append(tenant)
                    .append("','")
                    .append(tenant)
                    .append("@context.test','A')");
        }
        postgres.database().execute("INSERT INTO tenants (id, email, tier) VALUES " + values);
        byte[] content = new byte[contextBytes];
        random.nextBytes(content);
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        ManagementDatabase database = ManagementDatabase.open(DatabaseConfig.read(reader), "context-bench", meters);
        try (Contexts contexts = Contexts.open(ContextConfig.read(reader), database, meters)) {
            Flux.fromIterable(tenants)
                    .flatMap(
                            tenant -> contexts.blobs()
                                    .put(
                                            tenant,
                                            SecurityMode.NODE_BASED,
                                            "application/octet-stream",
                                            Flux.just(ByteBuffer.wrap(content)),
                                            1),
                            PUTS_AT_ONCE)
                    .blockLast(PUT_TIMEOUT);
        } finally {
            database.close().block(CLOSE_TIMEOUT);
        }
        return tenants;
    }

    /** The bytes of a request for the tenant's context. */
    static byte[] request(TenantId tenant) {
        return ("GET / HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + token(tenant)
                        + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String token(TenantId tenant) {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String signed = base64.encodeToString("{\"alg\":\"HS256\"}".getBytes(StandardCharsets.US_ASCII)) + "."
                + base64.encodeToString(("{\"tenant_id\":\"" + tenant + "\",\"exp\":"
                                + (System.currentTimeMillis() / 1000 + 3600) + "}")
                        .getBytes(StandardCharsets.US_ASCII));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
            return signed + "." + base64.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has HmacSHA256", impossible);
        }
    }

    @Override
    public void close() {
        gateway.stop().block(CLOSE_TIMEOUT);
        s3.close();
        postgres.close();
    }
}
