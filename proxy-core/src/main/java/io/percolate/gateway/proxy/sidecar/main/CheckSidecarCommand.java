package io.percolate.gateway.proxy.sidecar.main;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigReference;
import io.percolate.gateway.routing.config.ConfigSource;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks the configuration of the sidecar and prints what it comes to. */
@Command(
        name = "check-config",
        description = "Check the configuration of the sidecar and print it, secrets redacted.",
        mixinStandardHelpOptions = true)
final class CheckSidecarCommand implements Callable<Integer> {
    private final Map<String, String> environment;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the same keys as the environment.")
    private @Nullable Path file;

    @Option(names = "--print-reference", description = "Print the reference of all keys as Markdown, and do no more.")
    private boolean printReference;

    @Spec
    private @Nullable CommandSpec spec;

    CheckSidecarCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        PrintWriter out = line.getOut();
        if (printReference) {
            out.print(SidecarSettings.referencePage());
            out.flush();
            return RunSidecarCommand.OK;
        }
        try {
            ConfigSource source = ConfigSource.load(environment, file);
            ConfigReader reader = new ConfigReader(source);
            ConfigReference reference = new ConfigReference(reader);
            SidecarSettings.read(reference, source);
            SidecarSettings.finish(reader);
            out.print(reference.effective(source));
            out.flush();
            return RunSidecarCommand.OK;
        } catch (ConfigException invalid) {
            line.getErr().println(invalid.getMessage());
            return RunSidecarCommand.USAGE;
        }
    }
}
