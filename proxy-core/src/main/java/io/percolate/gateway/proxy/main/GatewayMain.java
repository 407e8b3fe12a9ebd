package io.percolate.gateway.proxy.main;

import io.percolate.gateway.routing.process.LogProvider;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** Starts the gateway, checks its configuration, or asks a running one. */
@Command(
        name = "gateway",
        description = "Percolate Gateway: the tenant-aware edge.",
        mixinStandardHelpOptions = true,
        versionProvider = GatewayMain.Version.class,
        subcommands = {ServeCommand.class, CheckConfigCommand.class, ExplainCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class GatewayMain {
    private GatewayMain() {}

    public static void main(String[] arguments) {
        LogProvider.use();
        int exitCode = ExitCode.FAILED;
        try {
            exitCode = run(arguments);
        } catch (Throwable fault) {
            // Threads that were started meanwhile would keep a process alive that does nothing.
            fault.printStackTrace(System.err);
        }
        System.exit(exitCode);
    }

    /**
     * Serves without picocli where the command line is as plain as in production: its model of all commands, made by
     * reflection on classes that no AOT cache takes, would be a third of the start on one core.
     */
    static int run(String... arguments) {
        ServeCommand serve = ServeCommand.plain(arguments);
        if (serve != null) {
            return serve.call();
        }
        return new CommandLine(new GatewayMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments);
    }

    /** The build's version; {@code dev} when it runs from classes. */
    static String version() {
        String version = GatewayMain.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"percolate-gateway " + version()};
        }
    }
}
