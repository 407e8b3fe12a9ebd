package io.percolate.gateway.proxy.main;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.process.ParentWatch;
import io.percolate.gateway.routing.process.StopSignals;
import io.percolate.gateway.routing.schema.SchemaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the gateway until it is told to stop: by SIGTERM or SIGINT, or by the death of its parent where it has one. */
@Command(name = "serve", description = "Run the gateway (the edge).", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the same keys as the environment.")
    private @Nullable Path file;

    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile boolean starting = true;

    /** The command of {@code serve} or {@code serve --config FILE}; null for all else, be it right or wrong. */
    static @Nullable ServeCommand plain(String... arguments) {
        boolean bare = arguments.length == 1;
        boolean configured = arguments.length == 3 && arguments[1].equals("--config") && !arguments[2].startsWith("-");
        if (!(bare || configured) || !arguments[0].equals("serve")) {
            return null;
        }
        ServeCommand serve = new ServeCommand();
        serve.file = configured ? Path.of(arguments[2]) : null;
        return serve;
    }

    @Override
    public Integer call() {
        GatewayConfig config;
        try {
            config = GatewayConfig.load(ConfigSource.load(System.getenv(), file));
        } catch (ConfigException invalid) {
            System.err.println(invalid.getMessage());
            return ExitCode.USAGE;
        }
        LogOutput.apply(config.log());
        try {
            return serve(config);
        } finally {
            LogOutput.close();
        }
    }

    private int serve(GatewayConfig config) {
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, error) -> LOG.error("thread {} died of an error nobody caught", thread.getName(), error));
        Thread main = Thread.currentThread();
        StopSignals.install(
                () -> {
                    stop.countDown();
                    if (starting) {
                        main.interrupt();
                    }
                },
                () -> {
                    LOG.warn("told to stop again: ending at once");
                    LogOutput.close();
                    Runtime.getRuntime().halt(ExitCode.FAILED);
                });
        ParentWatch.start(stop::countDown);

        GatewayProcess gateway;
        try {
            gateway = GatewayProcess.start(config);
        } catch (Exception failed) {
            return failedToStart(failed);
        }
        starting = false;
        awaitStop();
        LOG.info("stopping: not ready, draining for at most {}", config.drain().timeout());
        try {
            gateway.stop().block(gateway.stopBound());
        } catch (IllegalStateException late) {
            LOG.error("the stop has not ended within {}: ending now", gateway.stopBound());
            LogOutput.close();
            Runtime.getRuntime().halt(ExitCode.FAILED);
        }
        LOG.info("stopped");
        return ExitCode.OK;
    }

    private void awaitStop() {
        while (stop.getCount() > 0) {
            try {
                stop.await();
            } catch (InterruptedException signalAtTheEndOfTheStart) {
                LOG.debug("interrupted by a signal, which also says to stop");
            }
        }
        // The same signal, a little later.
        Thread.interrupted();
    }

    private int failedToStart(Exception failed) {
        if (stop.getCount() == 0) {
            LOG.info("told to stop while starting");
            return ExitCode.OK;
        }
        switch (failed) {
            case SchemaException schema -> LOG.error("the gateway does not start: {}", schema.getMessage());
            case DatabaseException database ->
                LOG.error("the gateway does not start: PostgreSQL (MANAGEMENT_DB_URL): {}", database.getMessage());
            default -> {
                if (failed instanceof IOException || failed.getCause() instanceof IOException) {
                    LOG.error("the gateway does not start: {}", failed.getMessage());
                } else {
                    LOG.error("the gateway does not start", failed);
                }
            }
        }
        return ExitCode.FAILED;
    }
}
