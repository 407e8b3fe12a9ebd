package io.percolate.gateway.bench.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** The variables of a workload's container. */
final class Environment {
    /** What stands for a value that Kubernetes fills in. */
    static final String OF_THE_POD = "127.0.0.1";

    static final String ADMIN_TOKEN = "writer-secret-0123456789-0123456789";
    private static final String SECRETS = "/etc/percolate/";

    private Environment() {}

    static Map<String, String> of(String entry, JsonNode workload) {
        Map<String, String> variables = new TreeMap<>();
        JsonNode container = Tree.container(workload);
        container
                .path("envFrom")
                .forEach(from -> Tree.object(
                                entry,
                                "ConfigMap",
                                from.at("/configMapRef/name").stringValue())
                        .get("data")
                        .forEachEntry((key, value) -> variables.put(key, value.stringValue())));
        container
                .path("env")
                .forEach(variable -> variables.put(
                        variable.get("name").stringValue(),
                        variable.path("value").asString(OF_THE_POD)));
        return variables;
    }

    /**
     * The same on this machine: with the files of its secrets, each holding what such a file may hold, in {@code folder} in
     * place of {@code /etc/percolate}.
     */
    static Map<String, String> local(String entry, JsonNode workload, Path folder) {
        Map<String, String> variables = of(entry, workload);
        variables.replaceAll((key, value) -> value.replace(SECRETS, folder + "/"));
        variables.forEach((key, value) -> {
            if (key.endsWith("_FILE") && value.startsWith(folder + "/")) {
                write(Path.of(value), content(key.substring(0, key.length() - "_FILE".length())));
            }
        });
        for (String file : List.of("tls.crt", "tls.key")) {
            write(
                    folder.resolve("tls").resolve(file),
                    Yaml.text(Path.of("src/test/resources/kubernetes").resolve(file)));
        }
        return variables;
    }

    private static String content(String key) {
        return switch (key) {
            case "MANAGEMENT_DB_URL" -> "postgresql://user:password@db:5432/percolate?sslmode=disable";
            case "GATEWAY_KEY_ENCRYPTION_KEY" -> "A".repeat(43) + "=";
            case "GATEWAY_REDIS_URL" -> "redis://redis:6379/0";
            case "GATEWAY_ADMIN_READ_TOKENS" -> "reader:reader-secret-0123456789-0123456789";
            case "GATEWAY_ADMIN_WRITE_TOKENS" -> "writer:" + ADMIN_TOKEN;
            default -> "a-secret-of-more-than-32-bytes-for-tests";
        };
    }

    private static void write(Path file, String content) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
