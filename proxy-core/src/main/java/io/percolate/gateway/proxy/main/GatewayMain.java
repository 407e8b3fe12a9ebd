package io.percolate.gateway.proxy.main;

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
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
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
