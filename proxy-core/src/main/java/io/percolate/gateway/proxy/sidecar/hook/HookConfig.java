package io.percolate.gateway.proxy.sidecar.hook;

import io.percolate.gateway.routing.config.ConfigReader;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The hooks of the application.
 *
 * @param data the tenants' directories; used where no hook exports and imports
 * @param timeout of one short hook: load, evict, delete, context
 * @param transferTimeout of one export or import
 * @param dataBytesMax size of one tenant's data
 */
public record HookConfig(
        Map<HookName, Hook> hooks,
        Path data,
        Duration timeout,
        Duration transferTimeout,
        long dataBytesMax,
        int contextBytesMax,
        String contextType) {
    private static final long DATA_BYTES_DEFAULT = 16L << 30;
    private static final long DATA_BYTES_LIMIT = 1L << 40;
    private static final int CONTEXT_BYTES_DEFAULT = 1 << 20;
    private static final int CONTEXT_BYTES_LIMIT = 16 << 20;
    private static final List<HookName> OF_DATA = List.of(HookName.EXPORT, HookName.IMPORT, HookName.DELETE);

    public HookConfig {
        hooks = Map.copyOf(hooks);
    }

    /** Whether the application keeps its data where only it knows. */
    public boolean hasOwnData() {
        return hooks.containsKey(HookName.EXPORT);
    }

    public static HookConfig read(ConfigReader reader) {
        Map<HookName, Hook> hooks = new EnumMap<>(HookName.class);
        for (HookName name : HookName.values()) {
            List<String> given = reader.list(
                    key(name),
                    List.of(),
                    meaning(name) + "; a URL with {tenant} and {epoch} (" + name.method()
                            + "), or a command and its arguments, parted by commas");
            if (!given.isEmpty()) {
                hooks.put(name, hook(key(name), given, reader));
            }
        }
        long ofData = OF_DATA.stream().filter(hooks::containsKey).count();
        if (ofData != 0 && ofData != OF_DATA.size()) {
            reader.problem("give all of SIDECAR_HOOK_EXPORT, SIDECAR_HOOK_IMPORT and SIDECAR_HOOK_DELETE, or none: with"
                    + " none the tenants' data are the directories in SIDECAR_DATA_DIR");
        }
        return new HookConfig(
                hooks,
                Path.of(reader.text(
                        "SIDECAR_DATA_DIR",
                        "data",
                        "folder of the tenants' directories, which the application serves from; unused where hooks"
                                + " export and import")),
                reader.duration(
                        "SIDECAR_HOOK_TIMEOUT",
                        Duration.ofSeconds(30),
                        Duration.ofMillis(10),
                        Duration.ofHours(1),
                        "how long a hook may take to load, evict, delete or tell a context"),
                reader.duration(
                        "SIDECAR_TRANSFER_TIMEOUT",
                        Duration.ofMinutes(10),
                        Duration.ofMillis(10),
                        Duration.ofHours(24),
                        "how long a hook may take to export or import a tenant's data"),
                reader.size(
                        "SIDECAR_DATA_MAX",
                        DATA_BYTES_DEFAULT,
                        1,
                        DATA_BYTES_LIMIT,
                        "size of one tenant's data that is exported, imported or restored at most"),
                (int) reader.size(
                        "SIDECAR_CONTEXT_MAX",
                        CONTEXT_BYTES_DEFAULT,
                        1,
                        CONTEXT_BYTES_LIMIT,
                        "size of the context that a hook tells at most"),
                reader.text("SIDECAR_CONTEXT_TYPE", "application/json", "type of the context that a command writes"));
    }

    private static String key(HookName name) {
        return "SIDECAR_HOOK_" + name.name().toUpperCase(Locale.ROOT);
    }

    private static String meaning(HookName name) {
        return switch (name) {
            case LOAD -> "has the application load a tenant from the data that are here";
            case EVICT -> "has the application write a tenant's data out and forget them in memory";
            case CONTEXT -> "tells what a tenant is answered from while it is cold (needs S3)";
            case EXPORT -> "tells a tenant's data, as one stream that only the import has to understand";
            case IMPORT -> "replaces a tenant's data by such a stream";
            case DELETE -> "deletes a tenant's data";
        };
    }

    private static Hook hook(String key, List<String> given, ConfigReader reader) {
        String first = given.getFirst();
        if (first.startsWith("http://")) {
            try {
                URI example = URI.create(first.replace("{tenant}", "t").replace("{epoch}", "1"));
                if (given.size() == 1 && example.getHost() != null) {
                    return new Hook.Http(first);
                }
            } catch (IllegalArgumentException malformed) {
                // Reported below, with what was expected.
            }
            reader.problem(key + ": expected one http:// URL, got '" + String.join(",", given) + "'");
        } else if (!Path.of(first).isAbsolute()) {
            reader.problem(key + ": expected an http:// URL, or the absolute path of a program, got '" + first + "'");
        }
        return new Hook.Exec(given);
    }
}
