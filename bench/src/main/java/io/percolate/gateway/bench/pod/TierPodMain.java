package io.percolate.gateway.bench.pod;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.vault.S3TenantVault;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.process.ParentWatch;
import io.percolate.gateway.routing.process.StopSignals;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The process of a reference tier pod. */
@Command(
        name = "pod",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a reference tier pod: the contract of docs/pod-contract.yaml over RocksDB.",
            "Configured by PERCOLATE_* (tier, id, port, folder), MANAGEMENT_DB_URL to be found by the fleet, and",
            "S3_CONTEXT_CACHE_BUCKET, GATEWAY_S3_* and GATEWAY_KEY_ENCRYPTION_KEY to keep contexts and snapshots."
        })
public final class TierPodMain implements Callable<Integer> {
    private static final Duration CLOSE_MAX = Duration.ofSeconds(3);
    private static final int EXIT_CONFIG = 2;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the same keys")
    private @Nullable Path config;

    public static void main(String... arguments) {
        System.exit(new CommandLine(new TierPodMain()).execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        try {
            run(ConfigSource.load(System.getenv(), config));
            return 0;
        } catch (ConfigException invalid) {
            System.err.println(invalid.getMessage());
            return EXIT_CONFIG;
        } finally {
            LogOutput.close();
        }
    }

    private static void run(ConfigSource source) throws InterruptedException {
        ConfigReader reader = new ConfigReader(source);
        LogConfig logging = LogConfig.read(reader);
        TierPodConfig pod = TierPodConfig.read(reader);
        Optional<DatabaseConfig> databaseConfig =
                isGiven(source, "MANAGEMENT_DB_URL") ? Optional.of(DatabaseConfig.read(reader)) : Optional.empty();
        Optional<S3TenantVault.Config> vaultConfig =
                databaseConfig.isPresent() && isGiven(source, "S3_CONTEXT_CACHE_BUCKET")
                        ? Optional.of(S3TenantVault.Config.read(reader))
                        : Optional.empty();
        reader.finish("GATEWAY_");

        LogOutput.apply(logging);
        CountDownLatch stop = new CountDownLatch(1);
        StopSignals.install(stop::countDown, () -> Runtime.getRuntime().halt(1));
        ParentWatch.start(stop::countDown);
        Optional<ManagementDatabase> database =
                databaseConfig.map(c -> ManagementDatabase.open(c, "pod " + pod.id(), new SimpleMeterRegistry()));
        Optional<S3TenantVault> vault = vaultConfig.flatMap(c -> database.map(db -> new S3TenantVault(c, db)));
        try (TierPod running = TierPod.start(pod, database, vault.map(TenantVault.class::cast))) {
            System.out.println("pod " + running.config().id() + " ready at " + running.url());
            stop.await();
        } finally {
            vault.ifPresent(S3TenantVault::close);
            database.ifPresent(db -> db.close().block(CLOSE_MAX));
        }
    }

    private static boolean isGiven(ConfigSource source, String key) {
        return isSet(source, key) || isSet(source, key + "_FILE");
    }

    private static boolean isSet(ConfigSource source, String key) {
        return !source.environment()
                .getOrDefault(key, source.file().getOrDefault(key, ""))
                .isBlank();
    }
}
