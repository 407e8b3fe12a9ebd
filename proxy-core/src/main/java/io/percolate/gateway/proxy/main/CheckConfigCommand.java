package io.percolate.gateway.proxy.main;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigReference;
import io.percolate.gateway.routing.config.ConfigSource;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks the configuration of the gateway and prints what it comes to. */
@Command(
        name = "check-config",
        description = "Check the configuration and print it, secrets redacted.",
        mixinStandardHelpOptions = true)
final class CheckConfigCommand implements Callable<Integer> {
    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the same keys as the environment.")
    private @Nullable Path file;

    @Option(names = "--print-reference", description = "Print the reference of all keys as Markdown, and do no more.")
    private boolean printReference;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        PrintWriter out = line.getOut();
        PrintWriter err = line.getErr();
        if (printReference) {
            out.print(GatewayConfig.referencePage());
            out.flush();
            return ExitCode.OK;
        }
        try {
            ConfigSource source = ConfigSource.load(System.getenv(), file);
            ConfigReader reader = new ConfigReader(source);
            ConfigReference reference = new ConfigReference(reader);
            GatewayConfig.read(reference);
            GatewayConfig.finish(reader);
            out.print(reference.effective(source));
            out.flush();
            return ExitCode.OK;
        } catch (ConfigException invalid) {
            err.println(invalid.getMessage());
            return ExitCode.USAGE;
        }
    }
}
