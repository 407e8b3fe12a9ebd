package io.percolate.gateway.proxy.sidecar.main;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.vault.S3TenantVault;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.sidecar.Sidecar;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.process.ParentWatch;
import io.percolate.gateway.routing.process.StopSignals;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a sidecar until it is told to stop: by SIGTERM or SIGINT, or by the death of its parent where it has one. */
@Command(
        name = "sidecar",
        mixinStandardHelpOptions = true,
        description = {
            "Run a sidecar: makes a tier pod of the HTTP application at SIDECAR_APPLICATION_URL.",
            "Tenants' data are the directories in SIDECAR_DATA_DIR, or what the application's hooks tell. With",
            "MANAGEMENT_DB_URL the pod is found by the fleet; S3_CONTEXT_CACHE_BUCKET, GATEWAY_S3_* and",
            "GATEWAY_KEY_ENCRYPTION_KEY keep contexts and snapshots. Keys: docs/configuration-sidecar.md."
        })
final class RunSidecarCommand implements Callable<Integer> {
    static final int OK = 0;
    static final int FAILED = 1;
    /** Of the command line or the configuration. */
    static final int USAGE = 2;

    private static final Logger log = LoggerFactory.getLogger(RunSidecarCommand.class);
    private static final Duration START_MAX = Duration.ofSeconds(30);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(3);

    private final Map<String, String> environment;
    private final CountDownLatch stop = new CountDownLatch(1);

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the same keys as the environment.")
    private @Nullable Path file;

    RunSidecarCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        SidecarSettings settings;
        try {
            settings = SidecarSettings.load(ConfigSource.load(environment, file));
        } catch (ConfigException invalid) {
            System.err.println(invalid.getMessage());
            return USAGE;
        }
        LogOutput.apply(settings.log());
        try {
            return run(settings);
        } finally {
            LogOutput.close();
        }
    }

    private int run(SidecarSettings settings) throws InterruptedException {
        StopSignals.install(stop::countDown, () -> Runtime.getRuntime().halt(FAILED));
        ParentWatch.start(stop::countDown);
        Optional<ManagementDatabase> database = settings.database()
                .map(config -> ManagementDatabase.open(
                        config, "sidecar " + settings.sidecar().id(), new SimpleMeterRegistry()));
        Optional<S3TenantVault> vault =
                settings.vault().flatMap(config -> database.map(db -> new S3TenantVault(config, db)));
        try {
            Sidecar sidecar = Sidecar.start(settings.sidecar(), database, vault.map(TenantVault.class::cast))
                    .block(START_MAX);
            if (sidecar == null) {
                throw new IllegalStateException("a start yields a sidecar");
            }
            System.out.println("sidecar " + sidecar.config().id() + " ready at " + sidecar.url());
            stop.await();
            log.info("stopping");
            sidecar.stop().block(sidecar.stopBound());
            return OK;
        } catch (RuntimeException failed) {
            log.error("the sidecar does not run: {}", failed.getMessage(), failed);
            return FAILED;
        } finally {
            vault.ifPresent(S3TenantVault::close);
            database.ifPresent(db -> db.close().block(CLOSE_MAX));
        }
    }
}
