package io.percolate.gateway.bench.demo;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.fixtures.ServerProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Starts the product's processes as its launcher script does: the JDK of this process, and a jar of the distribution. */
final class Launcher {
    /** System property: the folder of the distribution, with {@code lib}; without it, this process's class path. */
    static final String DISTRIBUTION_PROPERTY = "percolate.dist";

    private static final List<String> INHERITED =
            List.of("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "JDK_JAVA_OPTIONS");
    /** Of a process that runs from this one's class path. */
    private static final List<String> OPTIONS = List.of(
            "-XX:+UseCompactObjectHeaders",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private final Path logs;

    Launcher(Path logs) {
        this.logs = logs;
    }

    /**
     * Starts a main class.
     *
     * @param module whose jar has the class
     * @param configuration the only configuration that it sees
     */
    ServerProcess start(
            String name,
            String module,
            String mainClass,
            List<String> options,
            List<String> arguments,
            Map<String, String> configuration) {
        List<String> all = new ArrayList<>(List.of("-XX:+UseSerialGC"));
        all.addAll(options);
        all.add("-Dpercolate.parent.pid=" + ProcessHandle.current().pid());
        List<String> command = command(module, mainClass, all, arguments);
        Map<String, String> environment = new HashMap<>(configuration);
        for (String variable : INHERITED) {
            Optional.ofNullable(System.getenv(variable)).ifPresent(value -> environment.putIfAbsent(variable, value));
        }
        return ServerProcess.start(name, command, environment, logs.resolve(name + ".log"));
    }

    private static List<String> command(String module, String mainClass, List<String> options, List<String> arguments) {
        String distribution = System.getProperty(DISTRIBUTION_PROPERTY, "");
        if (!distribution.isEmpty()) {
            return new Distribution(Path.of(distribution)).command(module, mainClass, options, arguments);
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(arguments);
        return command;
    }
}
