package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.cli.CommandFailure;
import io.percolate.gateway.admin.cli.Environment;
import io.percolate.gateway.admin.cli.ExitCode;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.process.ParentWatch;
import io.percolate.gateway.routing.process.StopSignals;
import io.percolate.gateway.routing.schema.SchemaException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import reactor.netty.ChannelBindException;

/** {@code manage}: runs the management process until it is told to stop. */
@Command(
        name = "manage",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the management process: tenants, placement, fleet-wide cache flush, audit.",
            "The first SIGTERM or SIGINT ends it in order, the next one at once."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
final class ManageCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private final Environment environment;

    ManageCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        ManagementConfig config = ManagementConfig.read(new ConfigReader(environment.source()));
        LogOutput.apply(config.log());
        CountDownLatch stop = new CountDownLatch(1);
        StopSignals.install(stop::countDown, () -> Runtime.getRuntime().halt(ExitCode.FAILED));
        ParentWatch.start(stop::countDown);
        try (ManagementProcess process = start(config)) {
            PrintWriter out = spec.commandLine().getOut();
            out.println("management API on port " + process.port());
            out.flush();
            stop.await();
        } finally {
            LogOutput.close();
        }
        return ExitCode.DONE;
    }

    private static ManagementProcess start(ManagementConfig config) {
        try {
            return ManagementProcess.start(config);
        } catch (SchemaException | DatabaseException | ChannelBindException refused) {
            throw new CommandFailure("the management process cannot start: " + refused.getMessage(), refused);
        }
    }
}
