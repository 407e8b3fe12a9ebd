package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.cli.CommandFailure;
import io.percolate.gateway.admin.cli.ContextCommand;
import io.percolate.gateway.admin.cli.Environment;
import io.percolate.gateway.admin.cli.ExitCode;
import io.percolate.gateway.admin.cli.MigrateCommand;
import io.percolate.gateway.admin.cli.MigrationsCommand;
import io.percolate.gateway.admin.cli.PodsCommand;
import io.percolate.gateway.admin.cli.RebalanceCommand;
import io.percolate.gateway.admin.cli.ShardsCommand;
import io.percolate.gateway.admin.cli.TenantsCommand;
import io.percolate.gateway.admin.cli.TenantsMove;
import io.percolate.gateway.admin.cli.TokenCommand;
import io.percolate.gateway.admin.cli.TokensCommand;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Command line of the management process and of the operator's tools. */
@Command(
        name = "gateway",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "The management process of Percolate Gateway, and the operator's tools.",
        footer = {"", "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration."})
public final class ManagementMain {
    private ManagementMain() {}

    public static void main(String[] arguments) {
        // Until a configuration says otherwise; the tools talk on standard output.
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        int exitCode = commandLine(System.getenv()).setOut(out).execute(arguments);
        out.flush();
        System.exit(exitCode);
    }

    /** The whole command line, reading these variables. */
    static CommandLine commandLine(Map<String, String> variables) {
        return new CommandLine(new ManagementMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .addSubcommand(new ManageCommand(new Environment(variables)))
                .addSubcommand(new MigrateCommand(new Environment(variables)))
                .addSubcommand(new TokenCommand())
                .addSubcommand(TokensCommand.commandLine(variables))
                .addSubcommand(new ContextCommand(new Environment(variables), System.out))
                .addSubcommand(new CommandLine(new TenantsCommand(variables)).addSubcommand(new TenantsMove(variables)))
                .addSubcommand(ShardsCommand.commandLine(variables))
                .addSubcommand(new PodsCommand(variables))
                .addSubcommand(new MigrationsCommand(variables))
                .addSubcommand(new RebalanceCommand(variables))
                .addSubcommand(new CheckConfigCommand(new Environment(variables)))
                .setExecutionExceptionHandler((error, command, _) -> switch (error) {
                    case ConfigException wrong -> {
                        command.getErr().println(wrong.getMessage());
                        yield ExitCode.REFUSED;
                    }
                    case CommandFailure failed -> {
                        command.getErr().println(failed.getMessage());
                        yield ExitCode.FAILED;
                    }
                    default -> {
                        error.printStackTrace(command.getErr());
                        yield ExitCode.FAILED;
                    }
                });
    }
}
