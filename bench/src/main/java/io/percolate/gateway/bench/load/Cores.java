package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Where a process runs: the measured core, the one of load and origin, or both. */
enum Cores {
    MEASURED("0"),
    LOAD("1"),
    BOTH("0,1"),
    /** Wherever the machine likes: nothing is pinned. */
    ANY("");

    private final String list;

    Cores(String list) {
        this.list = list;
    }

    String list() {
        return list;
    }

    /** The command, started there. */
    List<String> pinning(List<String> command) {
        if (this == ANY) {
            return command;
        }
        List<String> pinned = new ArrayList<>(List.of("taskset", "-c", list));
        pinned.addAll(command);
        return pinned;
    }

    /** Moves all threads of a process there, and those that they will start. */
    void move(long pid) {
        try {
            Process taskset = new ProcessBuilder("taskset", "-acp", list, String.valueOf(pid))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (taskset.waitFor() != 0 && ProcessHandle.of(pid).isPresent()) {
                throw new IllegalStateException("cannot move process " + pid + " to the cores " + list);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }
}
