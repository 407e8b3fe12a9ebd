package io.percolate.gateway.routing.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Where values come from: the environment first, then a YAML file that maps the same keys to values.
 *
 * @param environment all variables of the process; only those whose names this product owns are looked at
 * @param file the keys of the file, each of which must be known
 */
public record ConfigSource(Map<String, String> environment, Map<String, String> file) {
    private static final int FILE_CODE_POINTS_MAX = 1 << 20;

    public ConfigSource {
        environment = Map.copyOf(environment);
        file = Map.copyOf(file);
    }

    /** A source with no file. */
    public static ConfigSource of(Map<String, String> environment) {
        return new ConfigSource(environment, Map.of());
    }

    /** Reads the file, if there is one; its problems come as a {@link ConfigException}. */
    public static ConfigSource load(Map<String, String> environment, @Nullable Path file) {
        if (file == null) {
            return of(environment);
        }
        Object root;
        try (var text = Files.newInputStream(file)) {
            root = new Load(LoadSettings.builder()
                            .setLabel(file.toString())
                            .setAllowDuplicateKeys(false)
                            .setCodePointLimit(FILE_CODE_POINTS_MAX)
                            .build())
                    .loadFromInputStream(text);
        } catch (IOException unreadable) {
            throw new ConfigException(List.of("the file " + file + " cannot be read: " + unreadable));
        } catch (YamlEngineException invalid) {
            throw new ConfigException(List.of("the file " + file + " is not valid YAML: " + invalid.getMessage()));
        }
        if (root == null) {
            return of(environment);
        }
        if (!(root instanceof Map<?, ?> entries)) {
            throw new ConfigException(List.of("the file " + file + " must be a map of keys to values"));
        }
        return new ConfigSource(environment, flat(file, entries));
    }

    private static Map<String, String> flat(Path file, Map<?, ?> entries) {
        Map<String, String> values = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        entries.forEach((key, value) -> {
            switch (value) {
                case null -> problems.add(key + " in " + file + " has no value");
                case List<?> list
                when list.stream().noneMatch(ConfigSource::isNested) ->
                    values.put(
                            String.valueOf(key),
                            String.join(",", list.stream().map(String::valueOf).toList()));
                case Object nested
                when isNested(nested) -> problems.add(key + " in " + file + " must be a plain value or a list of them");
                default -> values.put(String.valueOf(key), String.valueOf(value));
            }
        });
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return values;
    }

    private static boolean isNested(Object value) {
        return value instanceof Map || value instanceof List;
    }
}
