package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.lifecycle.LifeCycleConfig;
import io.percolate.gateway.admin.scaling.ScalingConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigReference;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.process.DatabaseStart;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.redis.RedisConfig;
import io.percolate.gateway.warmup.wake.MoveConfig;
import io.percolate.gateway.warmup.wake.WarmupConfig;

/** All settings of the management process. */
public record ManagementConfig(
        AdminConfig admin,
        DatabaseConfig database,
        DatabaseStart databaseStart,
        NewsConfig news,
        DirectoryConfig directory,
        RedisConfig redis,
        WarmupConfig warmup,
        MoveConfig moves,
        LifeCycleConfig lifeCycle,
        ScalingConfig scaling,
        MigrationsConfig migrations,
        LogConfig log) {
    /** Keys of the edge, and those that both processes may be given but only the edge and the commands read. */
    private static final String[] FOREIGN_PREFIXES = {
        "GATEWAY_EDGE_",
        "GATEWAY_UPSTREAM_",
        "GATEWAY_DB_REPLICA",
        "GATEWAY_ISSUER",
        "GATEWAY_OPS_",
        "GATEWAY_COLD_",
        "GATEWAY_LIMITS_",
        "GATEWAY_FAULTS_",
        "GATEWAY_JWT_",
        "GATEWAY_JWKS_",
        "GATEWAY_TOKENS_",
        "GATEWAY_S3_",
        "GATEWAY_CONTEXT_",
        "GATEWAY_KEY_ENCRYPTION_KEY",
        "S3_CONTEXT_CACHE_BUCKET"
    };

    /** Reads everything; throws {@code ConfigException} with every problem. */
    public static ManagementConfig read(ConfigReader reader) {
        Reading reading = new Reading();
        reading.read(new ConfigReference(reader));
        reader.finish(FOREIGN_PREFIXES);
        return reading.config();
    }

    /** The keys by section, for the docs and for printing; what is wrong with their values is not asked. */
    static ConfigReference reference(ConfigReader reader) {
        ConfigReference reference = new ConfigReference(reader);
        new Reading().read(reference);
        return reference;
    }

    /** Reads section by section. */
    @SuppressWarnings("NullAway.Init") // Each section sets its own part.
    private static final class Reading {
        private AdminConfig admin;
        private DatabaseConfig database;
        private DatabaseStart databaseStart;
        private NewsConfig news;
        private DirectoryConfig directory;
        private RedisConfig redis;
        private WarmupConfig warmup;
        private MoveConfig moves;
        private LifeCycleConfig lifeCycle;
        private ScalingConfig scaling;
        private MigrationsConfig migrations;
        private LogConfig log;

        void read(ConfigReference reference) {
            reference.section("Management API", reader -> admin = AdminConfig.read(reader));
            reference.section("Management database", reader -> {
                database = DatabaseConfig.read(reader);
                databaseStart = DatabaseStart.read(reader);
            });
            reference.section("Routes", reader -> {
                news = NewsConfig.read(reader);
                directory = DirectoryConfig.read(reader);
            });
            reference.section("Redis", reader -> redis = RedisConfig.read(reader));
            reference.section("Wakes and pods", reader -> warmup = WarmupConfig.read(reader));
            reference.section("Moves of tenants between pods", reader -> moves = MoveConfig.read(reader));
            reference.section("Life cycle of tenants", reader -> lifeCycle = LifeCycleConfig.read(reader));
            reference.section("Pods of the tiers in Kubernetes", reader -> scaling = ScalingConfig.read(reader));
            reference.section(
                    "Migrations, pods that fail, and webhooks", reader -> migrations = MigrationsConfig.read(reader));
            reference.section("Log", reader -> log = LogConfig.read(reader));
        }

        ManagementConfig config() {
            return new ManagementConfig(
                    admin,
                    database,
                    databaseStart,
                    news,
                    directory,
                    redis,
                    warmup,
                    moves,
                    lifeCycle,
                    scaling,
                    migrations,
                    log);
        }
    }
}
