package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A process on given cores, measured through {@code /proc} and ended by its own id. */
final class PinnedProcess implements AutoCloseable {
    private static final int END_SECONDS_MAX = 10;
    private static final AtomicInteger STARTED = new AtomicInteger();

    private final String name;
    private final Process process;
    private final Path log;

    private PinnedProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    static PinnedProcess start(
            String name, Cores cores, Path folder, Map<String, String> environment, List<String> command) {
        Path log = folder.resolve(name + "-" + STARTED.incrementAndGet() + ".log");
        ProcessBuilder builder = new ProcessBuilder(cores.pinning(command))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        try {
            return new PinnedProcess(name, builder.start(), log);
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot start " + name + ": " + String.join(" ", command), failed);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    void move(Cores cores) {
        cores.move(pid());
    }

    String logTail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException unreadable) {
            return "(no log: " + unreadable.getMessage() + ")";
        }
    }

    /** User and system time since its start. */
    double cpuSeconds() {
        return ProcessClock.seconds(pid());
    }

    /** Time of its threads that compile, if it is a Java VM. */
    double compilerSeconds() {
        return ProcessClock.compilerSeconds(pid());
    }

    long residentBytes() {
        return read("status")
                .lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1024)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " has no resident memory: it has ended"));
    }

    private String read(String file) {
        try {
            return Files.readString(proc(file));
        } catch (IOException gone) {
            throw new UncheckedIOException(name + " has ended:\n" + logTail(), gone);
        }
    }

    private Path proc(String file) {
        return Path.of("/proc", String.valueOf(process.pid()), file);
    }

    /** Asks it to end and waits for that; its exit status. */
    int end(Duration max) {
        process.destroy();
        try {
            if (!process.waitFor(max.toNanos(), TimeUnit.NANOSECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(name + " did not end within " + max + ":\n" + logTail());
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS);
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
