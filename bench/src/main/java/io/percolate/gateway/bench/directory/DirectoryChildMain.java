package io.percolate.gateway.bench.directory;

import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Runs one case in a process of its own.
 *
 * <p>Arguments: case, number of tenants, rate, seconds, then settings of the directory as KEY=VALUE.
 */
final class DirectoryChildMain {
    private DirectoryChildMain() {}

    public static void main(String[] arguments) {
        // Standard output belongs to the figures alone.
        Parent parent =
                new Parent(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
        System.setOut(System.err);
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
        int tenants = Integer.parseInt(arguments[1]);
        int rate = Integer.parseInt(arguments[2]);
        int seconds = Integer.parseInt(arguments[3]);
        Map<String, String> settings = new HashMap<>();
        Arrays.stream(arguments)
                .skip(4)
                .forEach(pair ->
                        settings.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1)));
        try (DirectoryStack stack = DirectoryStack.start(settings)) {
            switch (arguments[0]) {
                case "memory" -> new MemoryCase(stack, parent, tenants).run();
                case "misses" -> new MissCase(stack, parent, tenants, rate, seconds).run();
                case "watch" -> new WatchCase(stack, parent, tenants).run();
                case "outage" -> new OutageCase(stack, parent, tenants, rate).run();
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }
        System.exit(0);
    }
}
