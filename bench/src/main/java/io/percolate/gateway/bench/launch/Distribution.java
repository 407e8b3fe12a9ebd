package io.percolate.gateway.bench.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The packaged product: {@code lib} with the jars, {@code java.options}, and a start cache for each process once one was
 * made. Its processes are started as the script {@code ./gateway} does.
 *
 * @param folder absolute, because the AOT cache is bound to the paths of its jars
 */
public record Distribution(Path folder) {
    public Distribution {
        folder = folder.toAbsolutePath().normalize();
    }

    /** The JDK of this process running a module's main class, with the module's start cache where there is one. */
    public List<String> command(String module, String mainClass, List<String> options, List<String> arguments) {
        Path cache = startCache(module);
        List<String> all = new ArrayList<>();
        if (Files.exists(cache)) {
            all.add("-XX:AOTCache=" + cache);
        }
        all.addAll(options);
        return commandWithoutCache(module, mainClass, all, arguments);
    }

    /** The same without the start cache. */
    public List<String> commandWithoutCache(
            String module, String mainClass, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + folder.resolve("java.options"));
        command.addAll(options);
        command.addAll(List.of("-cp", jar(module).toString(), mainClass));
        command.addAll(arguments);
        return command;
    }

    /** Where the AOT cache of a module's process is, or would be. */
    public Path startCache(String module) {
        return folder.resolve("start").resolve(module + ".aot");
    }

    private Path jar(String module) {
        Path lib = folder.resolve("lib");
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(lib, module + "-[0-9]*.jar")) {
            for (Path jar : jars) {
                return jar;
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException("no distribution at " + folder, unreadable);
        }
        throw new IllegalStateException("the distribution has no " + module + " jar in " + lib);
    }
}
