package io.percolate.gateway.routing.stack;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads a module's configuration from keys and values. */
public final class Settings {
    private Settings() {}

    /** From keys and values given in pairs, each of which must be known. */
    public static <C> C read(Function<ConfigReader, C> config, String... keysAndValues) {
        Map<String, String> settings = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            settings.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        ConfigReader reader = new ConfigReader(ConfigSource.of(settings));
        C read = config.apply(reader);
        reader.finish();
        return read;
    }

    /** From those settings whose keys begin with one of the prefixes. */
    static <C> C read(Function<ConfigReader, C> config, Map<String, String> settings, String... prefixes) {
        return read(
                config,
                settings.entrySet().stream()
                        .filter(setting -> Stream.of(prefixes).anyMatch(setting.getKey()::startsWith))
                        .flatMap(setting -> Stream.of(setting.getKey(), setting.getValue()))
                        .toArray(String[]::new));
    }
}
