package io.percolate.gateway.bench.directory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A process of its own that runs one case, with a heap of its own. */
final class DirectoryChild implements AutoCloseable {
    private static final int END_SECONDS_MAX = 10;

    private final Process process;
    private final BufferedReader out;
    private final PrintStream in;
    private final Consumer<String> figures;
    private final List<String> lines = new ArrayList<>();

    private DirectoryChild(Process process, Consumer<String> figures) {
        this.process = process;
        this.figures = figures;
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /**
     * @param figures told of each figure, as name, tab, text
     */
    static DirectoryChild start(String heap, List<String> arguments, Consumer<String> figures) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseCompactObjectHeaders",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                DirectoryChildMain.class.getName()));
        command.addAll(arguments);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return new DirectoryChild(process, figures);
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot start " + String.join(" ", command), failed);
        }
    }

    /** Reads what it says until it is ready for the next step. */
    void awaitReady() {
        if (!read()) {
            throw new IllegalStateException("the process of the case has ended before its time");
        }
    }

    /** Lets it go on. */
    void go() {
        in.println("go");
    }

    /** Reads what it says until it ends; all lines that were neither figures nor progress. */
    List<String> awaitEnd() {
        while (read()) {
            go();
        }
        try {
            if (process.waitFor() != 0) {
                throw new IllegalStateException("the process of the case ended with status " + process.exitValue());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
        return lines;
    }

    /** True at the next {@code ready}, false at the end. */
    private boolean read() {
        try {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.equals(Parent.READY)) {
                    return true;
                }
                if (line.startsWith(Parent.FIGURE)) {
                    figures.accept(line.substring(Parent.FIGURE.length()));
                } else {
                    lines.add(line);
                }
            }
            return false;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Ends it, whatever it does. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
