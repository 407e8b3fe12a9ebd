package io.percolate.gateway.routing.stack;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** Reads a module's configuration from keys and values given in pairs. */
public final class Settings {
    private Settings() {}

    public static <C> C read(Function<ConfigReader, C> config, String... keysAndValues) {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            environment.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        C read = config.apply(reader);
        reader.finish();
        return read;
    }
}
