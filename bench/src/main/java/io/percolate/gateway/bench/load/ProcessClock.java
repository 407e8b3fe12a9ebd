package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Processor time of processes, from {@code /proc}; that of their packets on loopback included. */
final class ProcessClock {
    /** Fields after the name, which may hold anything: user and system time, then those of children that have ended. */
    private static final int USER_FIELD = 11;

    private ProcessClock() {}

    /** User and system time since its start. */
    static double seconds(long pid) {
        return seconds(read(pid), 2);
    }

    /** This process and the children that it waited for. */
    static double ownSeconds() {
        return seconds(read(ProcessHandle.current().pid()), 4);
    }

    /** Time of a Java VM's threads that compile; 0 of any other process. */
    static double compilerSeconds(long pid) {
        double seconds = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "task"))) {
            for (Path task : tasks) {
                seconds += compilerSeconds(task);
            }
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
        return seconds;
    }

    private static double compilerSeconds(Path task) throws IOException {
        try {
            String stat = Files.readString(task.resolve("stat"));
            return isCompiler(stat) ? seconds(stat, 2) : 0;
        } catch (NoSuchFileException ended) {
            return 0;
        }
    }

    /** Whether it is a thread that HotSpot compiles with, by its name. */
    static boolean isCompiler(String stat) {
        return stat.contains("(C1 Compiler") || stat.contains("(C2 Compiler");
    }

    /** @param fields 2 for its own time, 4 with that of its children */
    static double seconds(String stat, int fields) {
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = 0;
        for (int i = 0; i < fields; i++) {
            ticks += Long.parseLong(afterName[USER_FIELD + i]);
        }
        return ticks / MachineClock.TICKS_PER_SECOND;
    }

    private static String read(long pid) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }
}
