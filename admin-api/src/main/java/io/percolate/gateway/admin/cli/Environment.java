package io.percolate.gateway.admin.cli;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command's configuration comes from: the process's variables, and the file that it is pointed at. */
public final class Environment {
    /** Keys of the other processes, and those that a command has no use for, may stand beside its own. */
    private static final String[] EVERY_OTHER_KEY = {"GATEWAY_", "S3_CONTEXT_CACHE_BUCKET", "MANAGEMENT_DB_URL"};

    private final Map<String, String> variables;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML file with configuration keys; variables of the environment win")
    private @Nullable Path file;

    public Environment(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    public ConfigSource source() {
        return ConfigSource.load(variables, file);
    }

    /** What {@code read} makes of the keys it reads; throws {@code ConfigException} with every problem. */
    <T> T read(Function<ConfigReader, T> read) {
        ConfigReader reader = new ConfigReader(source());
        T config = read.apply(reader);
        reader.finish(EVERY_OTHER_KEY);
        return config;
    }
}
