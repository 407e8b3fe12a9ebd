package io.percolate.gateway.proxy.sidecar.main;

import io.percolate.gateway.routing.process.LogProvider;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Starts a sidecar, or checks its configuration. */
@Command(
        name = "gateway",
        description = "Percolate Gateway: the sidecar.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class SidecarMain {
    private SidecarMain() {}

    public static void main(String[] arguments) {
        LogProvider.use();
        int exitCode = RunSidecarCommand.FAILED;
        try {
            // Without picocli where the command line is plain: its model would stay in a memory that is to be small.
            exitCode = arguments.length == 1 && arguments[0].equals("sidecar")
                    ? new RunSidecarCommand(System.getenv()).call()
                    : commandLine(System.getenv()).execute(arguments);
        } catch (Throwable fault) {
            // Threads that were started meanwhile would keep a process alive that does nothing.
            fault.printStackTrace(System.err);
        }
        System.exit(exitCode);
    }

    static CommandLine commandLine(Map<String, String> environment) {
        return new CommandLine(new SidecarMain())
                .addSubcommand(new RunSidecarCommand(environment))
                .addSubcommand(new CheckSidecarCommand(environment));
    }
}
