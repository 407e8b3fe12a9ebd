package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.cli.Environment;
import io.percolate.gateway.admin.cli.ExitCode;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code check-config}: says what is wrong with the management process's configuration, or prints it. */
@Command(
        name = "check-config",
        mixinStandardHelpOptions = true,
        description = "Checks the configuration of the management process and prints it, secrets redacted.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
final class CheckConfigCommand implements Callable<Integer> {
    private static final String PAGE_HEAD = """
            # Configuration of the management process

            Each key is an environment variable, or a key of the YAML file that `--config` names; the environment wins.
            A secret `X` may be given as `X_FILE`, the path of a file that holds it. Made by
            `./gateway check-config --management --print-reference`; a test compares it with the code.

            """;

    @Spec
    private CommandSpec spec;

    @Mixin
    private final Environment environment;

    @Option(names = "--print-reference", description = "print every key with its default instead, as Markdown")
    private boolean printReference;

    CheckConfigCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (printReference) {
            out.print(reference());
            return ExitCode.DONE;
        }
        ConfigSource source = environment.source();
        ManagementConfig.read(new ConfigReader(source));
        out.print(ManagementConfig.reference(new ConfigReader(source)).effective(source));
        out.println("# The configuration is valid.");
        return ExitCode.DONE;
    }

    static String reference() {
        return PAGE_HEAD
                + ManagementConfig.reference(new ConfigReader(ConfigSource.of(Map.of())))
                        .markdown();
    }
}
