package io.percolate.gateway.bench.handoff.fleet;

import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.TcpLink;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The environment of each process of a fleet. */
final class ProcessSettings {
    static final String BUCKET = "handoff";
    static final String TOKEN_SECRET = "hand-off-bench-secret-of-enough-bytes";
    static final String ADMIN_TOKEN = "hand-off-bench-admin-token-0123456789";
    private static final String KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    /** Read by the JDK's launcher: what was said for every Java VM holds for these too. */
    private static final String JAVA_OPTIONS = "JDK_JAVA_OPTIONS";

    private final TestDatabase database;
    private final @Nullable S3Endpoint s3;
    private final FleetPlan plan;
    private final Path folder;

    /** @param s3 null for none: contexts and snapshots are kept nowhere then */
    ProcessSettings(TestDatabase database, @Nullable S3Endpoint s3, FleetPlan plan, Path folder) {
        this.database = database;
        this.s3 = s3;
        this.plan = plan;
        this.folder = folder;
    }

    Map<String, String> of(Member member) {
        Map<String, String> environment = new HashMap<>(
                switch (member.kind()) {
                    case POD -> ofPod(member);
                    case GATEWAY -> ofGateway(member);
                    case MOVER -> ofMover(member);
                    case MANAGER -> ofManager(member);
                });
        Optional.ofNullable(System.getenv(JAVA_OPTIONS)).ifPresent(options -> environment.put(JAVA_OPTIONS, options));
        return environment;
    }

    private Map<String, String> shared(Member member) {
        TcpLink link = member.link;
        String url = link == null
                ? database.url()
                : new TestDatabase(
                                link.host(),
                                link.port(),
                                database.name(),
                                database.user(),
                                database.password(),
                                () -> {})
                        .url();
        // A machine that starts several processes at once is slow, and that is not what is looked at.
        Map<String, String> shared = new HashMap<>(Map.of(
                "MANAGEMENT_DB_URL", url,
                "GATEWAY_DB_CONNECT_TIMEOUT", "20s",
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "20s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "20s",
                "GATEWAY_DB_TRANSACTION_TIMEOUT", "20s"));
        shared.putAll(plan.settings().all());
        return shared;
    }

    private Map<String, String> store() {
        return s3 == null
                ? Map.of()
                : Map.of(
                        "S3_CONTEXT_CACHE_BUCKET", BUCKET,
                        "GATEWAY_S3_ENDPOINT", s3.endpoint().toString(),
                        "GATEWAY_S3_REGION", s3.region(),
                        "GATEWAY_S3_ACCESS_KEY", s3.accessKey(),
                        "GATEWAY_S3_SECRET_KEY", s3.secretKey(),
                        "GATEWAY_S3_PATH_STYLE", "true",
                        "GATEWAY_KEY_ENCRYPTION_KEY", KEY);
    }

    private Map<String, String> ofPod(Member pod) {
        Tier tier = Objects.requireNonNull(pod.tier());
        Map<String, String> environment = shared(pod);
        environment.putAll(store());
        environment.putAll(Map.of(
                "PERCOLATE_POD_ID", pod.name(),
                "PERCOLATE_TENANT_TIER", tier.name(),
                "PERCOLATE_MAX_HOT_TENANTS", Integer.toString(plan.podCapacity()),
                "PERCOLATE_HOST", "127.0.0.1",
                "PERCOLATE_PORT", Integer.toString(pod.port()),
                "PERCOLATE_DISK_RETURNS", "true",
                "PERCOLATE_VERSION_LABEL", pod.versionLabel,
                "PERCOLATE_DATA_DIR", folder.resolve(pod.name()).toString()));
        return environment;
    }

    private Map<String, String> ofGateway(Member gateway) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "S3_CONTEXT_CACHE_BUCKET", "none",
                "GATEWAY_S3_ENDPOINT", "http://127.0.0.1:1",
                "GATEWAY_S3_REGION", "us-east-1",
                "GATEWAY_S3_ACCESS_KEY", "none",
                "GATEWAY_S3_SECRET_KEY", "none",
                "GATEWAY_KEY_ENCRYPTION_KEY", KEY));
        environment.putAll(store());
        environment.putAll(shared(gateway));
        environment.putAll(Map.of(
                "GATEWAY_JWT_HS256_SECRET", TOKEN_SECRET,
                "GATEWAY_EDGE_HOST", "127.0.0.1",
                "GATEWAY_EDGE_PORT", Integer.toString(gateway.port()),
                "GATEWAY_OPS_HOST", "127.0.0.1",
                "GATEWAY_OPS_PORT", Integer.toString(gateway.opsPort()),
                "GATEWAY_LIMITS_ENABLED", "false",
                "GATEWAY_COLD_RULES", "* /** -> hold"));
        environment.putAll(plan.settings().gateways());
        return environment;
    }

    private Map<String, String> ofMover(Member mover) {
        Map<String, String> environment = shared(mover);
        environment.putAll(Map.of(
                "GATEWAY_DB_POOL_MIN", "1",
                "GATEWAY_MOVE_LEASE", "2s",
                "GATEWAY_WAKE_HOLDER_WAIT", "20s",
                "GATEWAY_WAKE_LEASE", "2s"));
        return environment;
    }

    private Map<String, String> ofManager(Member manager) {
        Map<String, String> environment = shared(manager);
        environment.putAll(Map.of(
                "GATEWAY_ADMIN_HOST",
                "127.0.0.1",
                "GATEWAY_ADMIN_PORT",
                Integer.toString(manager.port()),
                "GATEWAY_ADMIN_WRITE_TOKENS",
                "bench:" + ADMIN_TOKEN,
                "GATEWAY_LIFECYCLE_ENABLED",
                "false"));
        environment.putAll(plan.settings().managers());
        return environment;
    }
}
